// Node before 20 has WebCrypto in a module only; the client looks for it among the globals.
import { webcrypto } from "node:crypto"

globalThis.crypto ??= webcrypto
globalThis.CryptoKey ??= webcrypto.CryptoKey
