// An old Node.js runs the program on a newer one (run-on.js). When the old one is killed, no handler
// runs there, but the channel between the two closes. The program then ends as by SIGTERM.
if (process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
