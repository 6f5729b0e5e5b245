// The sample app. It has two pages, as every SMART app: the launch URL, where it is opened, and the redirect URI, where
// the answer comes. What it does on each is in opening.js and answer.js; the protocol itself is in smart.js.

import { client, attempt } from './page.js';
import { launch } from './opening.js';
import { callback } from './answer.js';

await attempt(client.page === 'callback' ? callback : launch);
