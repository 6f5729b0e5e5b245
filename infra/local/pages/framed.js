// In a frame of the EHR: sign-in pages refuse to be framed, so they get a window, and the two speak with each other.

import { app, attempt } from './page.js';
import { answered } from './answer.js';

/** The frame waits for the window to bring the answer back. */
export function inWindow(url, state, begun) {
  const channel = new BroadcastChannel(`sample-app ${state}`);
  channel.onmessage = ({ data }) => {
    channel.postMessage('thanks');
    channel.close();
    app.replaceChildren();
    attempt(() => answered(begun, data));
  };
  window.open(url, '_blank');
}

/** In that window: hand the answer over to the frame that waits for it, if there is one. */
export function handOver(state, address) {
  return new Promise(resolve => {
    const channel = new BroadcastChannel(`sample-app ${state}`);
    channel.onmessage = () => resolve(true);
    setTimeout(() => resolve(false), 500);
    channel.postMessage(address);
  });
}
