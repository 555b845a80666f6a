import { createFeed, type News, type Wish } from "./feed.ts";
import { readStream } from "./stream.ts";

const feed = createFeed<MessagePort>(readStream, (port, news: News) => port.postMessage(news));

addEventListener("connect", (event) => {
  const [port] = (event as MessageEvent).ports;
  if (!port) return;
  port.onmessage = ({ data }: MessageEvent<Wish>) => feed.hear(port, data);
});
