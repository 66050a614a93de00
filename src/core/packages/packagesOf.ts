import { type PackageId } from "../../domain/OrderIntent.ts"

/**
 * Groups the signals of one moment into packages, whose signals trade together or not at all. Signals with the same
 * package id are one package; a signal without one is a package by itself. Packages are ordered by their first signal.
 */
export const packagesOf = <S extends { readonly packageId: PackageId | null }>(
  signals: ReadonlyArray<S>
): ReadonlyArray<ReadonlyArray<S>> => {
  if (signals.length === 1) return [signals]
  const packages: Array<Array<S>> = []
  const shared = new Map<PackageId, Array<S>>()
  for (const signal of signals) {
    const { packageId } = signal
    const known = packageId === null ? undefined : shared.get(packageId)
    if (known !== undefined) {
      known.push(signal)
      continue
    }
    const own = [signal]
    packages.push(own)
    if (packageId !== null) shared.set(packageId, own)
  }
  return packages
}
