package stock

import (
	"encoding/binary"
	"math/bits"
)

// BucketOf places everything of one location together: murmur3 x86-32, seed
// 0, over the length-prefixed tenant and location, modulo Buckets.
func BucketOf(tenant, location string) Bucket {
	return bucketOf(tenant, location)
}

// SpreadBucketOf places an item of a location that was opened as spread: the
// product is hashed too.
func SpreadBucketOf(tenant, location, product string) Bucket {
	return bucketOf(tenant, location, product)
}

func bucketOf(parts ...string) Bucket {
	var room [256]byte
	b := room[:0]
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return Bucket(murmur3(b) & (Buckets - 1))
}

// murmur3 is MurmurHash3_x86_32 with seed 0 (Austin Appleby, public domain).
func murmur3(b []byte) uint32 {
	const c1, c2 = 0xcc9e2d51, 0x1b873593
	var h uint32
	n := uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		k := binary.LittleEndian.Uint32(b) * c1
		h ^= bits.RotateLeft32(k, 15) * c2
		h = bits.RotateLeft32(h, 13)*5 + 0xe6546b64
	}
	var k uint32
	for i := len(b) - 1; i >= 0; i-- {
		k = k<<8 | uint32(b[i])
	}
	if len(b) > 0 {
		h ^= bits.RotateLeft32(k*c1, 15) * c2
	}
	h ^= n
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}
