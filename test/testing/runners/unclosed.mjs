import { startTieline } from 'tieline/testing';

/** A test that forgets to close. The process has to end anyway, and leave nothing behind. */
const tieline = await startTieline();
await tieline.receiver();
await tieline.control.clock.now();
console.log(JSON.stringify({ url: tieline.url }));
