package stock

import "fmt"

// The bytes of a command are sent between nodes of one version range: they hold the whole
// command, including what the server added. They are not the bytes that make two requests
// the same (AppendCanonical), and nothing that is stored is made of them, so they may
// change with commandVersion. Each command has exactly one spelling.

// commandVersion is the first byte of a command.
const commandVersion = 3

// The second byte of a command is its number. The number of a command that was removed is
// not used again.
const (
	commandOpenItem byte = iota + 1
	commandRestock
	commandAdjust
	commandObserve
	commandSetThreshold
	commandSetSaleStatus
	commandPlace
	commandCommit
	commandExtend
	commandConfirm
	commandRelease
	commandExpire
	commandMove
	commandReturn
	commandSoldElsewhere
	commandCleanup
	commandSettle
	commandClose
	commandSetQuotas
	commandAllot
	commandResetSold
	commandShift
	commandLapse
	commandSetPromises
	commandFulfil
	commandSetLotPolicy
	commandRecall
	commandChange
	commandRelocate
	commandRetire
	commandReinstate
	// A restock and a setting of promises with the parts that are rare.
	commandRestockFor
	commandLimitPromises
	commandWithdraw
	// A shift of which an order gets units.
	commandShiftFor
	commandAnnounce
	commandFulfilCopy
	commandWithhold
	// A shift that takes an earlier one back.
	commandShiftUndo
	// Commands of tills and their centre.
	commandBeginHolder
	commandCloseHolder
	commandGreetHolder
	commandGrant
	commandRecallGrant
	commandReclaim
	commandTakeOver
	commandMirror
	commandAddGranted
	commandHandBack
	commandAdvance
	commandLook
	commandAccept
	commandDecline
	commandAskCancel
	commandRefuseCancel
	// Commands about what Redis took.
	commandWriteBack
	// An entry of a till that has a channel.
	commandMirrorOn
	commandRepair
	// A sale elsewhere whose moment is known.
	commandSoldElsewhereAt
	// A return that is not checked against its order, or was counted in other slots too.
	commandReturnFreely
	commandCountReturn
	// Before a command: the moment at which it happened.
	commandHappened
	// The one recall that the catalog has, and an item that is opened with recalls.
	commandRecallExact
	commandOpenRecalled
	commandUnused
)

// AppendCommand appends the command as it travels between nodes.
func AppendCommand(dst []byte, c Command) []byte {
	dst = append(dst, commandVersion)
	if at := happenedAt(c); at != 0 {
		dst = appendInt(append(dst, commandHappened), int64(at))
	}
	switch c := c.(type) {
	case OpenItem:
		return appendOpenItem(dst, c)
	case Restock:
		return appendRestock(dst, c)
	case Adjust:
		return c.append(append(dst, commandAdjust))
	case Observe:
		return c.append(append(dst, commandObserve))
	case SetThreshold:
		return c.append(append(dst, commandSetThreshold))
	case SetSaleStatus:
		return c.append(append(dst, commandSetSaleStatus))
	case Place:
		return c.append(append(dst, commandPlace))
	case Commit:
		return c.Note.append(c.append(append(dst, commandCommit)))
	case Extend:
		dst = appendInt(c.append(append(dst, commandExtend)), int64(c.TTL))
		return c.Note.append(dst)
	case Confirm:
		return c.Note.append(c.append(append(dst, commandConfirm)))
	case Release:
		return c.Note.append(c.append(append(dst, commandRelease)))
	case Expire:
		return c.Order.appendCanonical(append(dst, commandExpire))
	case Move:
		return c.append(append(dst, commandMove))
	case Return:
		if c.Against != Checked || c.Away != (AwayReturn{}) {
			return c.Away.append(append(c.append(append(dst, commandReturnFreely)), byte(c.Against)))
		}
		return c.append(append(dst, commandReturn))
	case CountReturn:
		return c.append(append(dst, commandCountReturn))
	case SoldElsewhere:
		if c.At != 0 {
			return appendInt(c.append(append(dst, commandSoldElsewhereAt)), int64(c.At))
		}
		return c.append(append(dst, commandSoldElsewhere))
	case Cleanup:
		return appendUint(appendString(append(dst, commandCleanup), c.Tenant), c.Expired)
	case Settle:
		return c.append(append(dst, commandSettle))
	case Close:
		return c.Order.appendCanonical(append(dst, commandClose))
	case SetQuotas:
		return c.append(append(dst, commandSetQuotas))
	case Allot:
		return c.append(append(dst, commandAllot))
	case ResetSold:
		return c.append(append(dst, commandResetSold))
	case Shift:
		if c.Undo {
			return appendString(c.append(append(dst, commandShiftUndo)), c.For)
		}
		if c.For != "" {
			return appendString(c.append(append(dst, commandShiftFor)), c.For)
		}
		return c.append(append(dst, commandShift))
	case Lapse:
		return c.Item.appendCanonical(append(dst, commandLapse))
	case SetPromises:
		if c.limits() {
			return c.appendLimits(c.append(append(dst, commandLimitPromises)))
		}
		return c.append(append(dst, commandSetPromises))
	case Fulfil:
		return c.Item.appendCanonical(c.Order.appendCanonical(append(dst, commandFulfil)))
	case FulfilCopy:
		return c.append(append(dst, commandFulfilCopy))
	case Withhold:
		return c.append(append(dst, commandWithhold))
	case SetLotPolicy:
		return c.append(append(dst, commandSetLotPolicy))
	case Recall:
		return appendRecall(dst, c)
	case Change:
		return c.append(append(dst, commandChange))
	case Relocate:
		return c.append(append(dst, commandRelocate))
	case Retire:
		return c.append(append(dst, commandRetire))
	case Reinstate:
		return c.append(append(dst, commandReinstate))
	case Withdraw:
		return c.Note.append(appendInt(c.append(append(dst, commandWithdraw)), int64(c.TTL)))
	case Announce:
		return c.append(append(dst, commandAnnounce))
	case BeginHolder:
		return c.append(append(dst, commandBeginHolder))
	case CloseHolder:
		return c.append(append(dst, commandCloseHolder))
	case GreetHolder:
		return c.append(append(dst, commandGreetHolder))
	case Grant:
		return c.append(append(dst, commandGrant))
	case RecallGrant:
		return c.append(append(dst, commandRecallGrant))
	case Reclaim:
		return c.append(append(dst, commandReclaim))
	case TakeOver:
		return c.append(append(dst, commandTakeOver))
	case Mirror:
		if c.Channel != "" {
			return c.append(appendString(append(dst, commandMirrorOn), c.Channel))
		}
		return c.append(append(dst, commandMirror))
	case Repair:
		return c.append(append(dst, commandRepair))
	case AddGranted:
		return c.append(append(dst, commandAddGranted))
	case HandBack:
		return c.append(append(dst, commandHandBack))
	case Advance:
		return c.append(append(dst, commandAdvance))
	case Look:
		return c.append(append(dst, commandLook))
	case Accept:
		return c.Note.append(c.appendOffer(append(dst, commandAccept)))
	case Decline:
		return c.Note.append(c.appendOffer(append(dst, commandDecline)))
	case AskCancel:
		return c.Note.append(appendInt(c.Order.appendCanonical(append(dst, commandAskCancel)), int64(c.At)))
	case RefuseCancel:
		return c.Note.append(c.Order.appendCanonical(append(dst, commandRefuseCancel)))
	case WriteBack:
		return c.append(append(dst, commandWriteBack))
	}
	return append(dst, 0) // no reader accepts it
}

// ReadCommand returns the command that b is, all of it. The error wraps
// ErrMalformed when b is not what AppendCommand of this version wrote.
func ReadCommand(b []byte) (Command, error) {
	if err := checkVersion("command", b, commandVersion); err != nil {
		return nil, fmt.Errorf("read command: %w", err)
	}
	s := commandSource{byteReader{p: b[1:]}}
	at, known := s.happened()
	c := s.command()
	if known {
		c = happening(c, at)
	}
	if c == nil || !s.done() {
		return nil, fmt.Errorf("read command: %w", s.fault())
	}
	return c, nil
}

// command reads the bytes after the version, nil when there is no such command.
func (s *commandSource) command() Command {
	switch s.byte() {
	case commandOpenItem:
		return s.openItem()
	case commandRestock:
		return s.restock()
	case commandRestockFor:
		return readRestockFor(s)
	case commandAdjust:
		return s.adjust()
	case commandObserve:
		return s.observe()
	case commandSetThreshold:
		return SetThreshold{s.itemKey(), s.bucket(), s.qty(), s.opening(), s.note()}
	case commandSetSaleStatus:
		return SetSaleStatus{s.itemKey(), s.bucket(), s.string(), s.bool(), s.opening(), s.note()}
	case commandPlace:
		return s.place()
	case commandCommit:
		return Commit{s.target(), s.note()}
	case commandExtend:
		return Extend{s.target(), Time(s.int()), s.note()}
	case commandConfirm:
		return Confirm{Target: s.target(), Note: s.note()}
	case commandRelease:
		return Release{s.target(), s.note()}
	case commandExpire:
		return Expire{s.orderKey()}
	case commandMove:
		return Move{s.spot(), s.spot(), s.qty(), s.opening(), s.note()}
	case commandReturn:
		return readReturn(s)
	case commandReturnFreely:
		c := readReturn(s)
		c.Against = Against(s.byte())
		c.Away.read(&s.byteReader)
		s.want(c.Against < againsts && (c.Against != Checked || c.Away != (AwayReturn{})))
		return c
	case commandCountReturn:
		return CountReturn{s.orderKey(), s.itemKey(), s.qty(), s.bool(), s.note()}
	case commandSoldElsewhere:
		return s.soldElsewhere()
	case commandSoldElsewhereAt:
		c := s.soldElsewhere()
		c.At = Time(s.int())
		s.want(c.At != 0)
		return c
	case commandCleanup:
		return Cleanup{s.string(), s.uint()}
	case commandSettle:
		return s.settle()
	case commandClose:
		return Close{s.orderKey()}
	case commandSetQuotas:
		return s.setQuotas()
	case commandAllot:
		return s.allot()
	case commandResetSold:
		return ResetSold{s.itemKey(), s.bucket(), s.names(s.string), s.opening(), s.note()}
	case commandShift:
		return s.shift()
	case commandShiftFor:
		c := s.shift()
		c.For = s.string()
		s.want(c.For != "")
		return c
	case commandShiftUndo:
		c := s.shift()
		c.For, c.Undo = s.string(), true
		return c
	case commandLapse:
		return Lapse{s.itemKey()}
	case commandSetPromises:
		return s.setPromises()
	case commandLimitPromises:
		c := s.setPromises()
		c.readLimits(s)
		return c
	case commandFulfil:
		return Fulfil{s.orderKey(), s.itemKey()}
	case commandFulfilCopy:
		return s.fulfilCopy()
	case commandWithhold:
		return Withhold{s.orderKey(), s.string(), s.string()}
	case commandSetLotPolicy:
		return s.setLotPolicy()
	case commandRecall:
		return readRecall(s)
	case commandRecallExact:
		return readRecallExact(s)
	case commandOpenRecalled:
		return readOpenRecalled(s)
	case commandChange:
		return s.change()
	case commandRelocate:
		return s.relocate()
	case commandRetire:
		return Retire{s.itemKey(), s.bucket(), s.bool(), s.note()}
	case commandReinstate:
		return Reinstate{s.itemKey(), s.bucket(), s.note()}
	case commandWithdraw:
		return Withdraw{s.target(), Time(s.int()), s.note()}
	case commandAnnounce:
		return s.announce()
	case commandBeginHolder:
		return BeginHolder{s.itemKey(), s.bucket(), s.uint(), s.note()}
	case commandCloseHolder:
		return CloseHolder{s.itemKey(), s.bucket(), s.uint(), s.note()}
	case commandGreetHolder:
		return s.greetHolder()
	case commandGrant:
		return s.grant()
	case commandRecallGrant:
		return s.recallGrant()
	case commandReclaim:
		return s.reclaim()
	case commandTakeOver:
		return TakeOver{s.orderKey(), s.itemKey(), s.note()}
	case commandMirror:
		return s.mirror()
	case commandMirrorOn:
		return readMirrorOn(s)
	case commandRepair:
		return s.repair()
	case commandAddGranted:
		return AddGranted{s.itemKey(), s.bucket(), s.qty(), s.opening()}
	case commandHandBack:
		return HandBack{s.itemKey(), s.qty()}
	case commandAdvance:
		return Advance{s.itemKey(), s.bucket(), s.qty(), s.string(), s.opening()}
	case commandLook:
		return Look{s.itemKey(), s.bucket(), s.qty(), Time(s.int()), s.string(), s.opening(), s.note()}
	case commandAccept:
		return Accept{s.offer(), s.note()}
	case commandDecline:
		return Decline{s.offer(), s.note()}
	case commandAskCancel:
		return AskCancel{s.orderKey(), Time(s.int()), s.note()}
	case commandRefuseCancel:
		return RefuseCancel{s.orderKey(), s.note()}
	case commandWriteBack:
		return s.writeBack()
	}
	return nil
}

// soldElsewhere reads what append wrote.
