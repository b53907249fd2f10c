/** The browser side of the shell: htmx, the socket, and the small islands every page may use. */

import htmx from "htmx.org";
import "htmx.org/dist/ext/hx-ws.js";
// In this order the bundle is smaller by 50 bytes, and its budget is tight.
import "./shell/keyboard.ts";
import "./shell/notices.ts";
import "./shell/times.ts";

import { startPushes } from "./inbox/pushes.ts";
import { startUnread } from "./inbox/unread.ts";
import { startIslands } from "./shell/islands.ts";
import { startKeyboard, startMenus } from "./shell/keyboard.ts";
import { live, startLive } from "./shell/live.ts";
import { startNavigation } from "./shell/navigation.ts";
import { startConnection } from "./shell/notices.ts";
import { startLayers } from "./shell/palette.ts";
import { startTimes } from "./shell/times.ts";

startLive();
startNavigation();
// A menu that is open hears the arrows before the list that it stands in.
startMenus();
startKeyboard();
startLayers();
startTimes();
startUnread();
startIslands();
startPushes();
startConnection(live);
// By itself htmx would begin a moment later, and what one presses in that moment would do nothing.
htmx.initialize();
