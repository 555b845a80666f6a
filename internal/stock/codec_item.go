package stock

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// rowVersion is the first byte of a packed row.
const rowVersion = 1

// AppendItem appends the packed form of the item: everything but its key, and
// a checksum over key and content.
func AppendItem(dst []byte, it *Item) []byte {
	start := len(dst)
	flags := flag(it.Tracked, itemTracked) | flag(it.OnSale, itemOnSale) |
		flag(it.Unit != "" || it.Scale != 0, itemUnit) | flag(len(it.Off) > 0, itemOff) |
		flag(it.Seen != Seen{}, itemSeen) | flag(it.Threshold != 0, itemThreshold)
	dst = append(dst, rowVersion, flags)
	dst = appendUint(dst, uint64(it.Bucket))
	dst = appendUint(dst, it.Version)
	dst = appendInt(dst, int64(it.UpdatedAt))
	if flags&itemUnit != 0 {
		dst = appendString(dst, it.Unit)
		dst = append(dst, it.Scale)
	}
	if flags&itemThreshold != 0 {
		dst = appendQty(dst, it.Threshold)
	}
	if flags&itemOff != 0 {
		dst = appendUint(dst, uint64(len(it.Off)))
		for _, channel := range it.Off {
			dst = appendString(dst, channel)
		}
	}
	if flags&itemSeen != 0 {
		dst = appendTime(dst, it.UpdatedAt, it.Seen.AsOf)
		dst = appendString(dst, it.Seen.Source)
	}
	dst = appendBalances(dst, it.Balances)
	end := len(dst)
	return appendSum(appendItemKey(dst, it.Key), start, end)
}

// DecodeItem returns the item of the row. The error wraps ErrMalformed when
// the bytes are not what AppendItem wrote for this key.
func DecodeItem(key ItemKey, packed []byte) (*Item, error) {
	body, ok := checkRow(packed, func(dst []byte) []byte { return appendItemKey(dst, key) })
	if !ok {
		return nil, fmt.Errorf("decode item: checksum: %w", ErrMalformed)
	}
	it := &Item{Key: key}
	s := source{p: body}
	s.want(s.byte() == rowVersion)
	flags := s.byte()
	s.want(flags&(itemChanged|itemLot) == 0)
	it.Tracked, it.OnSale = flags&itemTracked != 0, flags&itemOnSale != 0
	it.Bucket = s.bucket()
	it.Version = s.uint()
	it.UpdatedAt = Time(s.int())
	if flags&itemUnit != 0 {
		it.Unit, it.Scale = s.string(), s.byte()
		s.want(it.Unit != "" || it.Scale != 0)
	}
	if flags&itemThreshold != 0 {
		it.Threshold = s.qty()
		s.want(it.Threshold != 0)
	}
	if flags&itemOff != 0 {
		n := s.count(1)
		s.want(n > 0)
		it.Off = make([]string, n)
		for i := range it.Off {
			it.Off[i] = s.string()
		}
	}
	if flags&itemSeen != 0 {
		it.Seen = Seen{AsOf: s.time(it.UpdatedAt), Source: s.string()}
		s.want(it.Seen != Seen{})
	}
	it.Balances = s.balances()
	if !s.done() {
		return nil, fmt.Errorf("decode item: %w", ErrMalformed)
	}
	return it, nil
}

func appendItemKey(dst []byte, k ItemKey) []byte {
	dst = appendString(dst, k.Tenant)
	dst = appendString(dst, k.Location)
	dst = appendString(dst, k.Product)
	return appendString(dst, k.Lot)
}

// appendSum replaces the row's key, which lies behind end, by the checksum
// over the row and its key. A row under a wrong key is found this way too.
func appendSum(dst []byte, start, end int) []byte {
	sum := crc32.Checksum(dst[start:], castagnoli)
	return binary.LittleEndian.AppendUint32(dst[:end], sum)
}

// checkRow returns the row without its checksum when that is right.
func checkRow(packed []byte, appendKey func([]byte) []byte) (body []byte, ok bool) {
	end := len(packed) - sumSize
	if end < 0 {
		return nil, false
	}
	room := make([]byte, end, end+128)
	copy(room, packed)
	sum := crc32.Checksum(appendKey(room), castagnoli)
	return packed[:end], sum == binary.LittleEndian.Uint32(packed[end:])
}
