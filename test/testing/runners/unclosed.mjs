import { startTieline } from 'tieline/testing';

/** Somebody who forgets to close: the process has to end all the same, and nothing stays. */
const tieline = await startTieline();
await tieline.receiver();
await tieline.control.clock.now();
console.log(JSON.stringify({ url: tieline.url }));
