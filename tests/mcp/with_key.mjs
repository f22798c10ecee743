// The conformance suite cannot send a key, so it talks to this: with_key.mjs TARGET_PORT KEY prints its port and adds the key to each
// request. Host and Origin stay as they are sent: a scenario is about them.
import http from 'node:http';

const [target, key] = process.argv.slice(2);
const server = http.createServer((asked, answer) => {
  const forward = http.request({ host: '127.0.0.1', port: target, method: asked.method, path: asked.url, headers: { ...asked.headers, 'x-api-key': key } }, (got) => {
    answer.writeHead(got.statusCode, got.headers);
    got.pipe(answer);
  });
  forward.on('error', () => answer.destroy());
  answer.on('close', () => forward.destroy());
  asked.pipe(forward);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
