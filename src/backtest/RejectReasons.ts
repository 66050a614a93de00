import { type Rejection, rejectionLabel } from "../domain/rejection.ts"

/** Hears of every rejection: the whole reason, and how many signals it rejects. */
export type OnRejected = (reason: string, signals: number) => void

/** Counts rejected signals by the stable code of their reason. */
export class RejectReasons {
  readonly counts = new Map<string, number>()
  private readonly onRejected: OnRejected | null

  constructor(onRejected: OnRejected | null) {
    this.onRejected = onRejected
  }

  /** The text is made by the caller, who prints it too. Orders that no signal asked for reject none. */
  count(rejection: Rejection, text: string, signals: number): void {
    if (signals === 0) return
    const code = rejectionLabel(rejection)
    this.counts.set(code, (this.counts.get(code) ?? 0) + signals)
    if (this.onRejected !== null) this.onRejected(text, signals)
  }
}
