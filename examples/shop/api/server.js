// The shop's API: no dependency, so the image is the runtime and this file.
const { createServer } = require("node:http");

const region = process.env.SHOP_REGION ?? "unknown";
const items = [
  { id: 1, name: "Life jacket", price: 49 },
  { id: 2, name: "Flare", price: 12 },
];

const server = createServer((request, response) => {
  const answer = (status, body) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  switch (request.url) {
    case "/healthz":
      return answer(200, { ok: true, region });
    case "/api/items":
      return answer(200, { region, items });
    default:
      return answer(404, { error: "not found" });
  }
});

server.listen(Number(process.env.PORT ?? 8080));
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => server.close(() => process.exit(0)));
}
