/** An event as `text/event-stream` carries it; its data is one line of JSON. */
export function serverSentEvent({ id, event, data }: { id: string; event: string; data: unknown }) {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
