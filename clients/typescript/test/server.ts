import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** A server that answers the nth request as the nth function says; the last one answers all that follow. */
export async function serve(...answers: ((response: ServerResponse, seen: Seen) => void)[]) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const one = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body };
    seen.push(one);
    answers[Math.min(seen.length, answers.length) - 1]?.(response, one);
  });
  await new Promise<void>((up) => server.listen(0, "127.0.0.1", up));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}) {
  return (response: ServerResponse) => {
    const type = status < 400 ? "application/json" : "application/problem+json";
    response.writeHead(status, { "Content-Type": type, ...headers }).end(JSON.stringify(body));
  };
}

export function problem(status: number, code: string, headers: Record<string, string> = {}, more: object = {}) {
  const body = { type: "about:blank", title: code, status, detail: `as ${code}`, code, request_id: "r-1", ...more };
  return json(status, body, headers);
}

export const drop = (response: ServerResponse) => response.destroy();

/** A pause that takes no time and notes how long it would have been. */
export function pauses() {
  const taken: number[] = [];
  const sleep = async (milliseconds: number) => {
    taken.push(milliseconds);
  };
  return { taken, sleep };
}
