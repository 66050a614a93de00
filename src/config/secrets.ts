import * as Config from "effect/Config"

/**
 * Credentials of the exchange, from the environment only. Each is a `Redacted` value: printing, logging or serializing
 * one shows `<redacted>`. None is required here; what an order lacks is said by name when it is refused.
 */
export const secrets = Config.all({
  privateKey: Config.option(Config.redacted("POLYMARKET_PRIVATE_KEY")),
  funder: Config.option(Config.redacted("POLYMARKET_FUNDER")),
  signatureType: Config.option(Config.redacted("POLYMARKET_SIGNATURE_TYPE")),
  apiKey: Config.option(Config.redacted("POLYMARKET_API_KEY")),
  apiSecret: Config.option(Config.redacted("POLYMARKET_API_SECRET")),
  apiPassphrase: Config.option(Config.redacted("POLYMARKET_API_PASSPHRASE")),
  clobHeadersJson: Config.option(Config.redacted("POLYMARKET_CLOB_HEADERS_JSON"))
})
