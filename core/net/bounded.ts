/**
 * Cut an answer off that is longer than it may be: servers can say one length and send another, or never end.
 *
 * @param response The answer.
 * @param most Bytes that its body may have.
 * @returns The same answer; to read more than that of its body is a `RangeError`.
 */
export function bounded(response: Response, most: number): Response {
  if (response.body === null) return response;
  let length = 0;
  const counter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(bytes, controller): void {
      length += bytes.length;
      if (length > most) controller.error(new RangeError(`it has more than ${most} bytes, do not trust this server`));
      else controller.enqueue(bytes);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(counter), { status, statusText, headers });
}
