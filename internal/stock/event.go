package stock

import "slices"

// Posting moves units between two accounts of an item: stock is moved, never
// made or lost. Qty is > 0.
type Posting struct {
	From, To Account
	Qty      Qty
}

// Note is the free text of a command and the code of its reason. The text is kept next to
// the record, not in it, so that it can be redacted; the code is in the record.
type Note struct {
	Reason, Reference, Operator string
	// Code is one of the reasons that the tenant has listed, "" for none.
	Code string `json:",omitempty"`
	// Denied is why the server finds that the code does not fit, Way the direction in which
	// units may go with it. A call that was carried out before is answered as it was then,
	// so neither is part of the request, and neither is stored.
	Denied string `json:"-"`
	Way    Way    `json:"-"`
}

// Event is the outcome of one command: its changes, or that it changed nothing, or why it
// was refused, with everything its answer shows. It is complete: an answer can be rebuilt
// from the event and its record's time alone, and Apply needs only the event.
type Event struct {
	Op      Op
	Tenant  string
	Order   string
	Channel string

	// Items are the items the command was about, each as it is afterwards.
	Items []ItemChange
	// Lines are the order lines the command was about, each as it is afterwards.
	Lines []LineChange
	// Call is the reserve call that new lines belong to; nil when no line is new.
	Call *Call
	// Short lists the lines of a partial place that got less than they asked for.
	Short []Shortage
	// Refusal says that the command was refused; then nothing has changed.
	Refusal *Refusal
	// Expired is how many order lines a cleanup found past their deadline; 0
	// for all other operations.
	Expired uint64 `json:",omitempty"`
	// Handover is the step that a bucket took; of OpHandover only.
	Handover *Handover `json:",omitempty"`
	// From is where the item, hold or key came from; of OpArrive and OpRecallKey only.
	From *Origin `json:",omitempty"`
	// Spread is how far the change of a location is; of OpSpread only.
	Spread *Spread `json:",omitempty"`
	// Happened is when it happened, where that was before it was booked: it is the copy of a
	// fact from elsewhere. 0: when it was booked, or nobody has said.
	Happened Time `json:",omitempty"`
	// Back says how the units of a return were counted against its order; of OpReturn only, nil
	// when they were not.
	Back *CountedReturn `json:",omitempty"`
	// Leaves is the bucket whose hold the lines in it leave; of OpRehouse about lines only.
	// Lines in that bucket are as they were there. The other lines are in their new
	// buckets.
	Leaves *Bucket `json:",omitempty"`

	Note Note
}

// ItemChange is one item of an event as it is afterwards. Without postings
// and with Changed false it only shows the item.
type ItemChange struct {
	Key    ItemKey
	Bucket Bucket
	// Changed reports whether the version grew.
	Changed  bool
	Postings []Posting

	// After repeats the item's plain fields and figures after the event.
	Unit      string
	Scale     uint8
	Threshold Qty
	Tracked   bool
	OnSale    bool
	Off       []string
	Retired   bool
	Version   uint64
	UpdatedAt Time
	Figures   Figures
	Seen      Seen
	// Touched are the balances after the event of the accounts in Postings.
	Touched []Balance
	// Channels are the records after the event of the channels it counted for.
	Channels []Channel `json:",omitempty"`
	// Rules are the rules after the event that it changed; an empty rule is removed.
	Rules []Rule `json:",omitempty"`
	// Promises is what may be sold ahead after the event, when it changed or was set; empty
	// when nothing may be any longer.
	Promises *Promises `json:",omitempty"`
	// Lots are the records after the event of the lots that it changed.
	Lots []LotRecord `json:",omitempty"`
	// Confirmed are the held units of lots that left with an order, or for a withdrawal
	// those that came back, in the order of drawing. The posting from the account of held
	// units does not show the lots.
	Confirmed []LotUnits `json:",omitempty"`
	// LotPolicy is the item's after the event.
	LotPolicy LotPolicy `json:",omitzero"`
	// Recalls are the recalls after the event that it changed; one without a begin is over.
	Recalls []RecallRule `json:",omitempty"`
	// SoldOut are the channels for which the event left nothing to draw, InStock those for
	// which there is something again; "" stands for all that have no quota. Both are set
	// only for items with figures of channels, in the order of the channels.
	SoldOut []string `json:",omitempty"`
	InStock []string `json:",omitempty"`
	// Escrows are the records after the event of the holders whose units it moved; a record
	// whose epoch is 0 is removed.
	Escrows []EscrowRecord `json:",omitempty"`
	// Holder is what the books know after the event of the holder whose hidden item it is.
	Holder *Holder `json:",omitempty"`
	// Shelf is how many units somebody saw on the shelf. It is set in the books of a till,
	// which post nothing for it.
	Shelf *Qty `json:",omitempty"`
	// Rest is what the event left alone: of OpQuota, OpAllot and OpQuotaReset only.
	Rest *Rest `json:",omitempty"`
}

// LineChange is one order line as it is after the event.
type LineChange struct {
	Bucket  Bucket
	Changed bool
	// Prev is the seq of the record that last changed the line's hold, 0 when
	// there was none: the history of an order is a chain backwards through the
	// log. The ledger fills it in when it writes the record.
	Prev uint64
	Line Line
}

// Changed reports whether the event is to be stored. For most events that is whether it
// changed anything.
func (e *Event) Changed() bool {
	for i := range e.Items {
		if e.Items[i].Changed {
			return true
		}
	}
	for i := range e.Lines {
		if e.Lines[i].Changed {
			return true
		}
	}
	return e.Op == OpHandover || e.Op == OpRecallKey || e.Op == OpSpread
}

// ChannelOf is the channel that item n of the event was changed for: the channel that the
// command named, or that of all the item's lines. It is "" for none, and where lines of
// several channels changed.
func (e *Event) ChannelOf(n int) string {
	if e.Channel != "" {
		return e.Channel
	}
	channel, some := "", false
	for i := range e.Lines {
		c := &e.Lines[i]
		switch {
		case !c.Changed || c.Line.Item != e.Items[n].Key:
		case some && c.Line.Channel != channel:
			return ""
		default:
			channel, some = c.Line.Channel, true
		}
	}
	return channel
}

// Concerns reports whether item n of the event was changed for the channel, or for none and
// the channel's quota was. A change for another channel does not concern it, whatever quota
// the units came from.
func (e *Event) Concerns(n int, channel string) bool {
	c := &e.Items[n]
	if of := e.ChannelOf(n); of != "" {
		return of == channel
	}
	return slices.ContainsFunc(e.Lines, func(l LineChange) bool {
		return l.Changed && l.Line.Item == c.Key && l.Line.Channel == channel
	}) ||
		slices.ContainsFunc(c.Channels, func(r Channel) bool { return r.ID == channel }) ||
		slices.ContainsFunc(c.Postings, func(p Posting) bool {
			return p.From == Quota(channel) || p.To == Quota(channel)
		})
}
