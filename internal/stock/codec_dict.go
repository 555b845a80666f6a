package stock

// dictionary collects the strings of a block in the order of their first use. A reference
// to a string is its index, from 1; 0 is the empty string.
type dictionary struct {
	refs map[string]uint32
	raw  []byte // the strings, each with its length
}

// keepRefs bounds the map that is cleared and used again: the time to clear it depends on
// its largest size so far.
const keepRefs = 4096

func (d *dictionary) reset() {
	if d.refs == nil || len(d.refs) > keepRefs {
		d.refs = make(map[string]uint32)
	}
	clear(d.refs)
	d.raw = d.raw[:0]
}

func (d *dictionary) ref(s string) uint64 {
	if s == "" {
		return 0
	}
	if n, ok := d.refs[s]; ok {
		return uint64(n)
	}
	n := uint32(len(d.refs) + 1)
	d.refs[s] = n
	d.raw = appendString(d.raw, s)
	return uint64(n)
}

func (d *dictionary) append(dst []byte, s string) []byte {
	return appendUint(dst, d.ref(s))
}

// appendAccount writes the account's number; or the reference of its name, counted on from
// the last number.
func (d *dictionary) appendAccount(dst []byte, a Account) []byte {
	if n, ok := accountNumber(a); ok {
		return append(dst, byte(n))
	}
	return appendUint(dst, named-1+d.ref(string(a)))
}

func (d *dictionary) appendBalances(dst []byte, bs []Balance) []byte {
	dst = appendUint(dst, uint64(len(bs)))
	for _, b := range bs {
		dst = d.appendAccount(dst, b.Account)
		dst = appendQty(dst, b.Qty)
	}
	return dst
}

// entrySource reads an entry with the dictionary of its block.
type entrySource struct {
	byteReader
	words []string
	// used is how many words were met so far, unordered that they were not met in the order
	// of the dictionary. Both are meaningful only when a whole block is read from its first
	// entry on.
	used      uint64
	unordered bool
}

func (s *entrySource) readWord(ref uint64) string {
	if ref == 0 {
		return ""
	}
	if ref > uint64(len(s.words)) {
		s.spoil()
		return ""
	}
	if ref > s.used {
		s.unordered = s.unordered || ref != s.used+1
		s.used = ref
	}
	return s.words[ref-1]
}

func (s *entrySource) string() string { return s.readWord(s.uint()) }

func (s *entrySource) account() Account {
	n := s.uint()
	if n < named {
		return knownAccounts[n]
	}
	a := Account(s.readWord(n - named + 1))
	_, ok := accountNumber(a)
	s.want(!ok)
	return a
}

func (s *entrySource) balances() []Balance {
	n := s.count(2)
	if n == 0 {
		return nil
	}
	bs := make([]Balance, 0, n)
	for range n {
		bs = append(bs, Balance{s.account(), s.qty()})
	}
	return bs
}

// readOptionalBalances reads balances of a list that is left out when it is empty.
func (s *entrySource) readOptionalBalances() []Balance {
	bs := s.balances()
	s.want(len(bs) > 0)
	return bs
}
