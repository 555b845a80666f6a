package stock

// Accounts that exist once per item are written as their number here, for
// ever; all others by name. An account that joins this list later needs a new
// version of the formats.
var knownAccounts = [...]Account{
	Uncounted, Shared, Held, Withheld, Damaged, Quality,
	Supplier, Customer, Adjustment, Promise, Oversold,
}

const named = uint64(len(knownAccounts))

// accountNumber is the account's index in knownAccounts.
func accountNumber(a Account) (n uint64, ok bool) {
	switch a {
	case Uncounted:
		return 0, true
	case Shared:
		return 1, true
	case Held:
		return 2, true
	case Withheld:
		return 3, true
	case Damaged:
		return 4, true
	case Quality:
		return 5, true
	case Supplier:
		return 6, true
	case Customer:
		return 7, true
	case Adjustment:
		return 8, true
	case Promise:
		return 9, true
	case Oversold:
		return 10, true
	}
	return 0, false
}

// appendAccount writes an account of a packed row: its number; or the length of its name,
// counted on from the last number, and the name.
func appendAccount(dst []byte, a Account) []byte {
	if n, ok := accountNumber(a); ok {
		return append(dst, byte(n))
	}
	dst = appendUint(dst, named-1+uint64(len(a)))
	return append(dst, a...)
}

// rowSource reads a packed row, and other bytes that have names of their own like a row.
// Names keeps each string once when it is set.
type rowSource struct {
	byteReader
	names map[string]string
}

func (s *rowSource) string() string {
	b := s.take(s.uint())
	if s.names == nil || len(b) == 0 {
		return string(b)
	}
	name, ok := s.names[string(b)]
	if !ok {
		name = string(b)
		s.names[name] = name
	}
	return name
}

func (s *rowSource) account() Account {
	n := s.uint()
	if n < named {
		return knownAccounts[n]
	}
	a := Account(s.take(n - named + 1))
	_, ok := accountNumber(a)
	s.want(!ok)
	return a
}

func appendBalances(dst []byte, bs []Balance) []byte {
	dst = appendUint(dst, uint64(len(bs)))
	for _, b := range bs {
		dst = appendAccount(dst, b.Account)
		dst = appendQty(dst, b.Qty)
	}
	return dst
}

// balances reads balances into room when they fit.
func (s *rowSource) balances(room []Balance) []Balance {
	n := s.count(2)
	if n == 0 {
		return nil
	}
	bs := room[:0]
	if cap(bs) < n {
		bs = make([]Balance, 0, n)
	}
	for range n {
		bs = append(bs, Balance{s.account(), s.qty()})
	}
	return bs
}

// readBalances reads what appendBalances wrote, also outside of a row; the list is not
// empty.
func (s *byteReader) readBalances() []Balance {
	row := rowSource{byteReader: *s}
	bs := row.balances(nil)
	*s = row.byteReader
	s.want(len(bs) > 0)
	return bs
}
