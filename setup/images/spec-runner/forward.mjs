// Keeps the container of foreign specs alive, and makes the gate's socket look like an ingress on this machine.
import net from 'node:net';

const server = net.createServer((local) => {
  const gate = net.connect('/gate/ingress.sock');
  local.on('error', () => gate.destroy()).pipe(gate);
  gate.on('error', () => local.destroy()).pipe(local);
});
server.listen(8443, '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
