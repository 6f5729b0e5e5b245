// The sample app. It has two pages, as every SMART app: the launch URL, where it is opened, and the redirect URI, where
// the answer comes; a third is where the browser comes back to after signing out. What it does on each is in opening.js,
// answer.js and signed-out.js; the protocol itself is in smart.js.

import { client, attempt } from './page.js';
import { launch } from './opening.js';
import { callback } from './answer.js';
import { signedOut } from './signed-out.js';

await attempt({ callback, 'signed-out': signedOut }[client.page] ?? launch);
