package stock

// The bits of a rest's bitmap.
const (
	restBalances uint64 = 1 << iota
	restChannels
	restRules
	restKnown = 1<<iota - 1
)

func (d *dictionary) appendRest(dst []byte, r *Rest, at Time) []byte {
	dst = appendUint(dst, bit(len(r.Balances) > 0, restBalances)|bit(len(r.Channels) > 0, restChannels)|bit(len(r.Rules) > 0, restRules))
	if len(r.Balances) > 0 {
		dst = d.appendBalances(dst, r.Balances)
	}
	if len(r.Channels) > 0 {
		dst = appendChannels(dst, r.Channels, at, d.append)
	}
	if len(r.Rules) > 0 {
		dst = appendRules(dst, r.Rules, at)
	}
	return dst
}

// readRest reads what appendRest wrote.
func (s *entrySource) readRest(at Time) *Rest {
	r := &Rest{}
	bits := s.bitmap(restKnown)
	s.want(bits != 0)
	if bits&restBalances != 0 {
		r.Balances = s.readOptionalBalances()
	}
	if bits&restChannels != 0 {
		r.Channels = readChannels(&s.byteReader, at, s.string)
	}
	if bits&restRules != 0 {
		r.Rules = readRules(&s.byteReader, at)
	}
	return r
}
