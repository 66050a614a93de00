import { type MicroUnits } from "../../domain/units.ts"

/**
 * The greatest fall of a curve from its running peak, which starts at 0, made again from a ledger. Rows of one moment
 * stand in ledger order, not in the order in which they happened, so that their points may have come in any order: the
 * fall lies between `least` and `most`, which are the same where no moment has two points.
 */
export class DrawdownRange {
  least: MicroUnits = 0
  most: MicroUnits = 0
  private peak: MicroUnits = 0
  private moment = ""
  private low: MicroUnits = 0
  private high: MicroUnits = 0

  add(moment: string, value: MicroUnits): void {
    if (moment !== this.moment) {
      this.endMoment()
      this.moment = moment
      this.low = value
      this.high = value
    } else if (value < this.low) this.low = value
    else if (value > this.high) this.high = value
  }

  /** The last point, at the end of the window. */
  finish(value: MicroUnits): void {
    this.endMoment()
    this.low = value
    this.high = value
    this.endMoment()
  }

  private endMoment(): void {
    const least = this.peak - this.low
    if (this.high > this.peak) this.peak = this.high
    const most = this.peak - this.low
    if (least > this.least) this.least = least
    if (most > this.most) this.most = most
  }
}
