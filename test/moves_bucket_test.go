package test

import (
	"math/bits"
	"testing"
)

// bucketOf is the bucket of a location of the bootstrap key's tenant, as
// docs/protocol/log-rows.md has it.
func bucketOf(location string) int {
	var b []byte
	for _, part := range []string{"default", location} {
		b = append(append(b, byte(len(part))), part...) // of less than 128 bytes
	}
	mix := func(four []byte) uint32 {
		k := uint32(four[0]) | uint32(four[1])<<8 | uint32(four[2])<<16 | uint32(four[3])<<24
		return bits.RotateLeft32(k*0xcc9e2d51, 15) * 0x1b873593
	}
	h, tail := uint32(0), b
	for ; len(tail) >= 4; tail = tail[4:] {
		h = bits.RotateLeft32(h^mix(tail), 13)*5 + 0xe6546b64
	}
	if len(tail) > 0 {
		h ^= mix(append(tail[:len(tail):len(tail)], 0, 0, 0))
	}
	h ^= uint32(len(b))
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return int((h ^ h>>16) % 1024)
}

func TestBucketsAreThoseOfTheProtocol(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]int{"default": 311, "store-1": 478} {
		if got := bucketOf(location); got != want {
			t.Errorf("bucket of %s: %d, want %d", location, got, want)
		}
	}
}
