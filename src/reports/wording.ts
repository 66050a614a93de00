import { type ReportModel } from "./ReportModel.ts"
import { formatInstant, formatNumber } from "./terminalFormat.ts"

const moment = (us: number): string => formatInstant(us).replace("T", " ").replace("Z", "")

/** The line under the title. */
export const windowText = ({ generatedUs, window }: ReportModel): string =>
  `${moment(window.fromUs)} to ${moment(window.toUs)} UTC (${formatNumber(window.hours, 1)} h). Generated ${moment(generatedUs)} UTC.`

/** What ties a page to the artifact that it shows. */
export const footerText = ({ checksum }: ReportModel): string =>
  checksum === null ? "Artifact without checksum" : `Artifact sha256 ${checksum}`
