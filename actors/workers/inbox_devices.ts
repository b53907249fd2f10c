/**
 * A message to one device, and what is kept of how that went. This is the only place that sends to
 * devices, and it asks each time whether the session that added the device has ended: whoever signed out
 * of a browser, or was signed out of it by anybody in any way, is told nothing there anymore.
 */

import type { PersonId } from "../ids.ts";
import type { PushDevice, PushDevices, PushMessage, PushSender, SendResult } from "../inbox.ts";
import { limits } from "../limits.ts";
import type { SessionStore } from "../ports.ts";
import type { Clock } from "../runtime/clock.ts";

/** What it takes to reach devices. */
export interface DevicePushServices {
  devices: PushDevices;
  sessions: Pick<SessionStore, "endedIds">;
  push: PushSender;
  clock: Clock;
}

/** Sends to a device, writes down how it went, and forgets the device when it is gone. */
export async function pushToDevice(
  device: PushDevice,
  message: PushMessage,
  { devices, sessions, push, clock }: DevicePushServices,
): Promise<SendResult> {
  const [ended] = await sessions.endedIds([device.sessionId]);
  const result: SendResult =
    ended === undefined
      ? await push.send(device, message)
      : { state: "gone", answer: "signed out there" };
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

/** The devices of a person; those whose session ended unheard are removed. */
export async function livingDevices(
  userId: PersonId,
  { pushDevices, sessions }: { pushDevices: PushDevices; sessions: Pick<SessionStore, "endedIds"> },
): Promise<PushDevice[]> {
  const devices = await pushDevices.list(userId);
  if (devices.length === 0) return [];
  const ended = await sessions.endedIds([...new Set(devices.map(({ sessionId }) => sessionId))]);
  if (ended.length === 0) return devices;
  await pushDevices.removeOfSessions(ended);
  return devices.filter(({ sessionId }) => !ended.includes(sessionId));
}

/** Nobody is told, but some devices will never work again. */
function isGivenUp(device: PushDevice, now: number): boolean {
  const silentMs = now - (device.lastSuccessAt ?? device.createdAt);
  const isLong = silentMs >= limits.pushDeviceSilenceMsMax;
  return isLong && device.failures + 1 >= limits.pushDeviceFailuresMax;
}
