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
	flags := bit(it.Tracked, itemTracked) | bit(it.OnSale, itemOnSale) |
		bit(it.Unit != "" || it.Scale != 0, itemUnit) | bit(len(it.Off) > 0, itemOff) |
		bit(it.Seen != Seen{}, itemSeen) | bit(it.Threshold != 0, itemThreshold)
	dst = append(dst, rowVersion, flags)
	more := it.beside()
	dst = appendBucketBeside(dst, it.Bucket, len(it.Channels) > 0, more.some())
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
	if len(it.Channels) > 0 {
		dst = appendUint(dst, uint64(len(it.Channels)))
		for i := range it.Channels {
			dst = it.Channels[i].append(appendString(dst, it.Channels[i].ID), it.UpdatedAt)
		}
	}
	if more.some() {
		dst = more.append(dst, it.UpdatedAt, appendString)
	}
	end := len(dst)
	return appendSum(appendItemKey(dst, it.Key), start, end)
}

// DecodeItem returns the item of the row. The error wraps ErrMalformed when
// the bytes are not what AppendItem wrote for this key.
func DecodeItem(key ItemKey, packed []byte) (*Item, error) {
	body, sum := cutSum(packed)
	if sum != keyedSum(body, appendItemKey(make([]byte, 0, 128), key)) {
		return nil, fmt.Errorf("decode item: checksum: %w", ErrMalformed)
	}
	it := &Item{Key: key}
	s := source{p: body}
	s.want(s.byte() == rowVersion)
	flags := s.byte()
	s.want(flags&(itemChanged|itemLot) == 0)
	it.Tracked, it.OnSale = flags&itemTracked != 0, flags&itemOnSale != 0
	var channels, more bool
	it.Bucket, channels, more = s.bucketBeside()
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
	if channels {
		s.channels(it)
	}
	if more {
		b := s.beside(it.UpdatedAt, true, s.string)
		it.Rules, it.Promises, it.Lots, it.LotPolicy = b.rules, b.promises, b.lots, b.policy
	}
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

// cutSum returns a row's content and its checksum. A row too short to have
// one gets a checksum that no content has.
func cutSum(packed []byte) (body []byte, sum uint64) {
	end := len(packed) - sumSize
	if end < 0 {
		return nil, 1 << 32
	}
	return packed[:end], uint64(binary.LittleEndian.Uint32(packed[end:]))
}

func keyedSum(body, key []byte) uint64 {
	return uint64(crc32.Update(crc32.Checksum(body, castagnoli), castagnoli, key))
}
