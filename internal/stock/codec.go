package stock

import (
	"encoding/binary"
	"hash/crc32"
)

// This file writes the values that all formats of this package are made of. The
// formats are described byte by byte in docs/protocol/log.md. Each value has
// exactly one encoding, and a source refuses every other.
//
// A thing that has optional parts starts with a bitmap, an unsigned number with
// one bit for each part that follows and for each plain yes. After it come the
// fields that the thing always has, and then its parts in the order of the bits.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sumSize is the size of a CRC-32C, little-endian.
const sumSize = 4

func appendUint(dst []byte, v uint64) []byte { return binary.AppendUvarint(dst, v) }
func appendInt(dst []byte, v int64) []byte   { return binary.AppendVarint(dst, v) }
func appendQty(dst []byte, q Qty) []byte     { return binary.AppendVarint(dst, int64(q)) }

// appendTime writes t as its difference to base. Differences wrap around, so
// every pair of times has one.
func appendTime(dst []byte, base, t Time) []byte {
	return binary.AppendVarint(dst, int64(t-base))
}

func appendString(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

func appendStrings(dst []byte, list []string) []byte {
	return appendNames(dst, list, appendString)
}

// appendNames writes how many names there are, and each with name.
func appendNames(dst []byte, list []string, name func([]byte, string) []byte) []byte {
	dst = appendUint(dst, uint64(len(list)))
	for _, v := range list {
		dst = name(dst, v)
	}
	return dst
}

// uintSize is how many bytes appendUint writes.
func uintSize(v uint64) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}

// bit returns the mask when it is to be set in a bitmap.
func bit[T byte | uint64](on bool, mask T) T {
	if on {
		return mask
	}
	return 0
}
