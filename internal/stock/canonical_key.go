package stock

import "crypto/sha256"

// Fingerprint stands for the request in a key's row: the first half of the
// SHA-256 of its canonical bytes.
func Fingerprint(cmd Command) [16]byte {
	sum := sha256.Sum256(cmd.AppendCanonical(make([]byte, 0, 256)))
	return [16]byte(sum[:16])
}

// Scope is where the write of a keyed request lands. Product is empty unless the location
// is spread. Bucket is the bucket of these two and follows from them.
type Scope struct {
	Location, Product string
	Bucket            Bucket
}

// keyVersion is the first byte of what a key's hash is over.
const keyVersion = 1

// KeyID stands for an idempotency key within its scope: the first half of the
// SHA-256 over version, tenant, operation, scope and key, every string with
// its length before it.
func KeyID(tenant string, op Op, scope Scope, key string) [16]byte {
	b := make([]byte, 0, 512)
	b = append(b, keyVersion)
	b = appendString(b, tenant)
	b = append(b, byte(op))
	b = appendString(b, scope.Location)
	b = appendString(b, scope.Product)
	b = appendString(b, key)
	sum := sha256.Sum256(b)
	return [16]byte(sum[:16])
}
