/** Hears of every rejection: the whole reason, and how many signals it rejects. */
export type OnRejected = (reason: string, signals: number) => void

/** Counts rejected signals by the stable code of their reason. */
export class RejectReasons {
  readonly counts = new Map<string, number>()
  private readonly onRejected: OnRejected | null

  constructor(onRejected: OnRejected | null) {
    this.onRejected = onRejected
  }

  /** The code of a reason is its text up to the first colon. */
  count(reason: string, signals: number): void {
    const colon = reason.indexOf(":")
    const code = colon === -1 ? reason : reason.slice(0, colon)
    this.counts.set(code, (this.counts.get(code) ?? 0) + signals)
    if (this.onRejected !== null) this.onRejected(reason, signals)
  }
}
