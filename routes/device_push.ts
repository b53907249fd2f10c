/** A message to one device, and what is kept of how that went. */

import {
  type Clock,
  limits,
  type PushDevice,
  type PushDevices,
  type PushMessage,
  type PushSender,
  type SendResult,
} from "../actors/mod.ts";

/** What it takes to reach devices. */
export interface DevicePushServices {
  devices: PushDevices;
  push: PushSender;
  clock: Clock;
}

/** Sends to a device, writes down how it went, and forgets the device when it is gone. */
export async function pushToDevice(
  device: PushDevice,
  message: PushMessage,
  { devices, push, clock }: DevicePushServices,
): Promise<SendResult> {
  const result = await push.send(device, message);
  const { state, answer } = result;
  const now = clock.now();
  if (state === "sent") {
    await devices.record(device.id, { answer, succeededAt: now, failures: 0 });
  } else if (state === "gone" || isGivenUp(device, now)) {
    await devices.remove(device.userId, device.id);
  } else {
    await devices.record(device.id, { answer, failures: device.failures + 1 });
  }
  return result;
}

/** Nobody is told, but some devices will never work again. */
function isGivenUp(device: PushDevice, now: number): boolean {
  const silentMs = now - (device.lastSuccessAt ?? device.createdAt);
  const isLong = silentMs >= limits.pushDeviceSilenceMsMax;
  return isLong && device.failures + 1 >= limits.pushDeviceFailuresMax;
}
