export { MIN_SAMPLES, notAvailable, samplesNote, sampleText } from "../core/samples.ts"
