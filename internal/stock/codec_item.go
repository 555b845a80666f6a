package stock

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// rowVersion is the first byte of a packed row. Programs from before 0.1 wrote version 1.
const rowVersion = 2

// AppendItem appends the packed form of the item: everything but its key, and
// a checksum over key and content.
func AppendItem(dst []byte, it *Item) []byte {
	start := len(dst)
	bits := bit(it.Tracked, itemTracked) | bit(it.OnSale, itemOnSale) | bit(it.Threshold != 0, itemThreshold) |
		bit(it.Seen != Seen{}, itemSeen) | bit(len(it.Channels) > 0, itemChannels) |
		bit(it.Unit != "" || it.Scale != 0, itemUnit) | bit(len(it.Off) > 0, itemOff) | it.rareBits()
	dst = appendUint(append(dst, rowVersion), bits)
	dst = appendUint(dst, uint64(it.Bucket))
	dst = appendUint(dst, it.Version)
	dst = appendInt(dst, int64(it.UpdatedAt))
	dst = appendBalances(dst, it.Balances)
	if bits&itemThreshold != 0 {
		dst = appendQty(dst, it.Threshold)
	}
	if bits&itemSeen != 0 {
		dst = appendTime(dst, it.UpdatedAt, it.Seen.AsOf)
		dst = appendString(dst, it.Seen.Source)
	}
	if bits&itemChannels != 0 {
		dst = appendChannels(dst, it.Channels, it.UpdatedAt, appendString)
	}
	if bits&itemUnit != 0 {
		dst = appendString(dst, it.Unit)
		dst = append(dst, it.Scale)
	}
	if bits&itemOff != 0 {
		dst = appendStrings(dst, it.Off)
	}
	if bits&itemRare != 0 {
		rare := rareParts{rules: it.Rules, promises: it.Promises, policy: it.LotPolicy, lots: it.Lots, escrows: it.Escrows, holder: it.Holder, recalls: it.Recalls}
		dst = rare.append(dst, it.UpdatedAt, appendString)
	}
	end := len(dst)
	return appendSum(appendItemKey(dst, it.Key), start, end)
}

// DecodeItem returns the item of the row. The error wraps ErrMalformed when
// the bytes are not what AppendItem wrote for this key, and is a VersionError or
// ErrNewer when another version did.
func DecodeItem(key ItemKey, packed []byte) (*Item, error) {
	body, sum := cutSum(packed)
	if sum != keyedSum(body, appendItemKey(make([]byte, 0, 128), key)) {
		return nil, fmt.Errorf("decode item: checksum: %w", ErrMalformed)
	}
	if err := checkVersion("row of an item", body, rowVersion); err != nil {
		return nil, fmt.Errorf("decode item: %w", err)
	}
	it := &Item{Key: key}
	s := rowSource{byteReader: byteReader{p: body[1:]}}
	s.item(it)
	if !s.done() {
		return nil, fmt.Errorf("decode item: %w", s.fault())
	}
	return it, nil
}

// item reads what follows the version.
func (s *rowSource) item(it *Item) {
	bits := s.bitmap(itemRowKnown)
	it.Tracked, it.OnSale, it.Retired = bits&itemTracked != 0, bits&itemOnSale != 0, bits&itemRetired != 0
	it.Bucket = s.bucket()
	it.Version = s.uint()
	it.UpdatedAt = Time(s.int())
	it.Balances = s.balances(nil)
	if bits&itemThreshold != 0 {
		it.Threshold = s.qty()
		s.want(it.Threshold != 0)
	}
	if bits&itemSeen != 0 {
		it.Seen = Seen{AsOf: s.time(it.UpdatedAt), Source: s.string()}
		s.want(it.Seen != Seen{})
	}
	if bits&itemChannels != 0 {
		it.Channels = readChannels(&s.byteReader, it.UpdatedAt, s.string)
		for i := 1; i < len(it.Channels); i++ {
			s.want(it.Channels[i-1].ID < it.Channels[i].ID)
		}
	}
	if bits&itemUnit != 0 {
		it.Unit, it.Scale = s.string(), s.byte()
		s.want(it.Unit != "" || it.Scale != 0)
	}
	if bits&itemOff != 0 {
		it.Off = make([]string, s.optionalCount(1))
		for i := range it.Off {
			it.Off[i] = s.string()
		}
	}
	if bits&itemRare != 0 {
		var rare rareParts
		rare.read(&s.byteReader, bits, it.UpdatedAt, s.string)
		it.Rules, it.Promises, it.LotPolicy, it.Lots = rare.rules, rare.promises, rare.policy, rare.lots
		it.Escrows, it.Holder, it.Recalls = rare.escrows, rare.holder, rare.recalls
		s.want(it.isInOrder())
	}
}

// isInOrder reports whether rules and lots are sorted, and whether each of them and the
// promises say something: an item keeps them so.
func (i *Item) isInOrder() bool {
	for n := range i.Rules {
		if i.Rules[n].isEmpty() || n > 0 && i.Rules[n-1].Channel >= i.Rules[n].Channel {
			return false
		}
	}
	for n := range i.Lots {
		if i.Lots[n].Since == 0 || n > 0 && i.Lots[n-1].Lot >= i.Lots[n].Lot {
			return false
		}
	}
	for n := range i.Recalls {
		if i.Recalls[n].Since == 0 || n > 0 && i.Recalls[n-1].Lot >= i.Recalls[n].Lot {
			return false
		}
	}
	for n := range i.Escrows {
		if i.Escrows[n].Epoch == 0 || n > 0 && i.Escrows[n-1].Holder >= i.Escrows[n].Holder {
			return false
		}
	}
	return i.Promises == nil || !i.Promises.empty()
}

func appendItemKey(dst []byte, k ItemKey) []byte {
	dst = appendString(dst, k.Tenant)
	dst = appendString(dst, k.Location)
	dst = appendString(dst, k.Product)
	return appendString(dst, k.Lot)
}

// appendSum replaces the row's key, which follows end, by the checksum over the row and its
// key. The checksum also finds a row that is under a wrong key.
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
