/** The devices that are notified while no page is open: how each stands, a test, and the way out. */

import type { PushDevice } from "../../actors/mod.ts";
import { Badge, Button, CsrfInput, Time } from "../parts/components.tsx";
import type { Page } from "../parts/page.ts";

/** What the section shows. */
export interface PushDevicesSectionProps {
  page: Page;
  devices: readonly PushDevice[];
  /** What browsers subscribe with. */
  publicKey: string;
}

/** How the device at hand may stand; the browser knows which it is, and shows one of them. */
const STATES = {
  plain: "To be notified on this device, switch JavaScript on for this site.",
  off: "This device is not notified yet.",
  on: "This device is notified.",
  blocked:
    "Notifications are blocked for this site. Allow them in the browser's settings for it, then reload.",
  unable: "This browser cannot show notifications when the suite is closed.",
  // There, only what was put on the Home Screen may be notified.
  phone: "On an iPhone or iPad, add the suite to your Home Screen first and open it from there.",
  lost: "The browser could not reach its push service. Try again in a moment.",
} as const;

/** The section of the settings; an island knows which of the devices this one is. */
export function PushDevicesSection({ page, devices, publicKey }: PushDevicesSectionProps) {
  return (
    <section class="account-section" aria-labelledby="settings-devices">
      <h2 id="settings-devices">Your devices</h2>
      <p class="muted">
        A device can tell you of new things when no page of the suite is open. What it is told is
        encrypted on the way: the company behind the browser passes it on and cannot read it.
      </p>
      <form
        id="push-device"
        class="form"
        method="post"
        action="/settings/devices"
        data-island="push_devices"
        data-src={page.assets.pushDevices}
        data-key={publicKey}
        data-user={page.viewer?.id}
      >
        <CsrfInput token={page.csrfToken} />
        <input type="hidden" name="endpoint" />
        <input type="hidden" name="p256dh" />
        <input type="hidden" name="auth" />
        <div aria-live="polite">
          {Object.entries(STATES).map(([state, text]) => (
            <p data-push-state={state} hidden={state !== "plain"}>
              {text}
            </p>
          ))}
        </div>
        <div class="form-actions">
          <Button
            attributes={{
              ...{ type: "button", "data-push-on": true, hidden: true },
              "data-push-state": "off lost",
            }}
            icon="bell"
          >
            Notify me on this device
          </Button>
        </div>
      </form>
      {devices.length > 0 && (
        <ul class="account-rows">
          {devices.map((device) => (
            <DeviceRow page={page} device={device} />
          ))}
        </ul>
      )}
    </section>
  );
}

function DeviceRow({ page, device }: { page: Page; device: PushDevice }) {
  const { id, name, endpoint, lastSuccessAt, createdAt, answer, failures } = device;
  return (
    <li class="account-row" id={`device-${id}`} data-endpoint={endpoint}>
      <div class="account-row-text">
        <p class="strong">
          {name}{" "}
          <span data-this-device hidden>
            <Badge tone="ok">This device</Badge>
          </span>{" "}
          {failures > 0 && <Badge tone="warning">Not reached</Badge>}
        </p>
        <p class="muted">
          {lastSuccessAt === undefined ? (
            <>
              not reached yet · added <Time at={createdAt} now={page.now} page={page} />
            </>
          ) : (
            <>
              last reached <Time at={lastSuccessAt} now={page.now} page={page} />
            </>
          )}
          {answer !== undefined && <> · last answer: {answer}</>}
        </p>
      </div>
      <form class="form-actions" method="post" action={`/settings/devices/${id}/test`}>
        <CsrfInput token={page.csrfToken} />
        <Button attributes={{ id: `device-${id}-test`, "aria-label": `Test ${name}` }}>Test</Button>
        <Button
          kind="quiet"
          attributes={{
            formaction: `/settings/devices/${id}/remove`,
            "aria-label": `Remove ${name}`,
          }}
        >
          Remove
        </Button>
      </form>
    </li>
  );
}
