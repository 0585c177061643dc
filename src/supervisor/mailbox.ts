/** Messages of one app, handled one at a time in the order in which they came, also when handling one posts another. */
export class Mailbox<M> {
  private readonly queue: M[] = [];
  private draining = false;
  private readonly handle: (message: M) => 'DONE' | 'LATER';

  /** `handle` answers LATER for a message that must stay where it is until `resume`. It never throws. */
  constructor(handle: (message: M) => 'DONE' | 'LATER') {
    this.handle = handle;
  }

  post(message: M): void {
    this.queue.push(message);
    this.resume();
  }

  resume(): void {
    if (this.draining) return;
    this.draining = true;
    try {
      for (let head = this.queue[0]; head !== undefined; head = this.queue[0]) {
        if (this.handle(head) === 'LATER') return;
        this.queue.shift();
      }
    } finally {
      this.draining = false;
    }
  }
}
