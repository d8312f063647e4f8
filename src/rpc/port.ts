/** The part of a port that RPC needs: a worker's `self`, a Worker or a MessagePort. */
export interface Port<Out, In> {
  postMessage(message: Out, transfer: Transferable[]): void
  onmessage: ((event: MessageEvent<In>) => void) | null
}
