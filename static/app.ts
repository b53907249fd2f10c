/** The browser side of the shell: htmx, the socket, and the small islands every page may use. */

import htmx from "htmx.org";
import "htmx.org/dist/ext/hx-ws.js";
import { startIslands } from "./islands.ts";
import { startKeyboard, startMenus } from "./keyboard.ts";
import { live, startLive } from "./live.ts";
import { startNavigation } from "./navigation.ts";
import { startConnection } from "./notices.ts";
import { startLayers } from "./palette.ts";
import { startPushes } from "./pushes.ts";
import { startTimes } from "./times.ts";
import { startUnread } from "./unread.ts";

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
