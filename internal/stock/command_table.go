package stock

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

// commands has the forms of all commands that travel between nodes, by their numbers. A new
// command gets its number and its line here.
var commands = [commandUnused]form{
	commandOpenItem: about(sent(OpenItem.append, (*commandSource).openItem),
		idle, func(c *OpenItem) Added { return Added{c.Item, &c.Bucket, nil, &c.Note} }),
	commandRestock: about(sent(Restock.append, (*commandSource).restock),
		frees, func(c *Restock) Added { return Added{c.Item, &c.Bucket, &c.Open, &c.Note} }),
	commandAdjust: about(sent(Adjust.append, (*commandSource).adjust),
		takes|frees, func(c *Adjust) Added { return Added{c.Item, &c.Bucket, &c.Open, &c.Note} }),
	commandObserve: about(sent(Observe.append, (*commandSource).observe),
		takes|frees, func(c *Observe) Added { return Added{c.Item, &c.Bucket, &c.Open, &c.Note} }),
	commandSetThreshold: about(sent(SetThreshold.append, func(s *commandSource) SetThreshold {
		return SetThreshold{s.itemKey(), s.bucket(), s.qty(), s.opening(), s.note()}
	}), idle, func(c *SetThreshold) Added { return Added{c.Item, &c.Bucket, &c.Open, &c.Note} }),
	commandSetSaleStatus: about(sent(SetSaleStatus.append, func(s *commandSource) SetSaleStatus {
		return SetSaleStatus{s.itemKey(), s.bucket(), s.string(), s.bool(), s.opening(), s.note()}
	}), idle, func(c *SetSaleStatus) Added { return Added{c.Item, &c.Bucket, &c.Open, &c.Note} }),
	commandPlace:  sent(Place.append, (*commandSource).place),
	commandCommit: sent(Commit.append, func(s *commandSource) Commit { return Commit{s.target(), s.note()} }),
	commandExtend: sent(Extend.append, func(s *commandSource) Extend { return Extend{s.target(), Time(s.int()), s.note()} }),
	commandConfirm: sent(Confirm.append, func(s *commandSource) Confirm {
		return Confirm{Target: s.target(), Note: s.note()}
	}),
	commandRelease: sent(Release.append, func(s *commandSource) Release { return Release{s.target(), s.note()} }),
	commandExpire:  sent(Expire.append, func(s *commandSource) Expire { return Expire{s.orderKey()} }),
	commandMove: about(sent(Move.append, func(s *commandSource) Move { return Move{s.spot(), s.spot(), s.qty(), s.opening(), s.note()} }),
		takes|frees, func(c *Move) Added { return Added{c.From.Item, &c.From.Bucket, &c.Open, &c.Note} }),
	commandReturn: about(sent(Return.append, readReturn),
		takes|frees, func(c *Return) Added { return Added{c.Item, &c.Bucket, &c.Open, &c.Note} }),
	commandSoldElsewhere: about(sent(SoldElsewhere.append, (*commandSource).soldElsewhere),
		takes|frees, func(c *SoldElsewhere) Added { return Added{c.Item, &c.Bucket, &c.Open, &c.Note} }),
	commandCleanup: sent(Cleanup.append, func(s *commandSource) Cleanup { return Cleanup{s.string(), s.uint()} }),
	commandSettle:  sent(Settle.append, (*commandSource).settle),
	commandClose:   sent(Close.append, func(s *commandSource) Close { return Close{s.orderKey()} }),
	commandSetQuotas: about(sent(SetQuotas.append, (*commandSource).setQuotas),
		takes|frees, func(c *SetQuotas) Added { return Added{c.Item, &c.Bucket, &c.Open, &c.Note} }),
	commandAllot: about(sent(Allot.append, (*commandSource).allot),
		takes|frees, func(c *Allot) Added { return Added{c.Item, &c.Bucket, &c.Open, &c.Note} }),
	commandResetSold: about(sent(ResetSold.append, func(s *commandSource) ResetSold {
		return ResetSold{s.itemKey(), s.bucket(), s.names(s.string), s.opening(), s.note()}
	}), takes, func(c *ResetSold) Added { return Added{c.Item, &c.Bucket, &c.Open, &c.Note} }),
	commandShift: sent(Shift.append, (*commandSource).shift),
	commandLapse: sent(Lapse.append, func(s *commandSource) Lapse { return Lapse{s.itemKey()} }),
	commandSetPromises: about(sent(SetPromises.append, (*commandSource).setPromises),
		takes, func(c *SetPromises) Added { return Added{c.Item, &c.Bucket, &c.Open, &c.Note} }),
	commandFulfil: sent(Fulfil.append, func(s *commandSource) Fulfil { return Fulfil{s.orderKey(), s.itemKey()} }),
	commandSetLotPolicy: about(sent(SetLotPolicy.append, (*commandSource).setLotPolicy),
		takes, func(c *SetLotPolicy) Added { return Added{c.Item, &c.Bucket, &c.Open, &c.Note} }),
	commandRecall: about(sent(Recall.append, readRecall),
		takes|frees, func(c *Recall) Added { return Added{c.Item, &c.Bucket, nil, &c.Note} }),
	commandChange:   sent(Change.append, (*commandSource).change),
	commandRelocate: sent(Relocate.append, (*commandSource).relocate),
	commandRetire: about(sent(Retire.append, func(s *commandSource) Retire { return Retire{s.itemKey(), s.bucket(), s.bool(), s.note()} }),
		takes, func(c *Retire) Added { return Added{c.Item, &c.Bucket, nil, &c.Note} }),
	commandReinstate: about(sent(Reinstate.append, func(s *commandSource) Reinstate { return Reinstate{s.itemKey(), s.bucket(), s.note()} }),
		takes, func(c *Reinstate) Added { return Added{c.Item, &c.Bucket, nil, &c.Note} }),
	commandRestockFor: rare(func(c Restock) bool { return c.For != "" }, Restock.appendFor, readRestockFor),
	commandLimitPromises: rare(SetPromises.limits, func(c SetPromises, dst []byte) []byte {
		return c.appendLimits(c.append(dst))
	}, readLimitPromises),
	commandWithdraw: sent(Withdraw.append, func(s *commandSource) Withdraw {
		return Withdraw{s.target(), Time(s.int()), s.note()}
	}),
	commandShiftFor:   rare(func(c Shift) bool { return c.For != "" && !c.Undo }, Shift.appendFor, readShiftFor),
	commandAnnounce:   sent(Announce.append, (*commandSource).announce),
	commandFulfilCopy: sent(FulfilCopy.append, (*commandSource).fulfilCopy),
	commandWithhold: sent(Withhold.append, func(s *commandSource) Withhold {
		return Withhold{s.orderKey(), s.string(), s.string()}
	}),
	commandShiftUndo: rare(func(c Shift) bool { return c.Undo }, Shift.appendFor, readShiftUndo),
	commandBeginHolder: sent(BeginHolder.append, func(s *commandSource) BeginHolder {
		return BeginHolder{s.itemKey(), s.bucket(), s.uint(), s.note()}
	}),
	commandCloseHolder: sent(CloseHolder.append, func(s *commandSource) CloseHolder {
		return CloseHolder{s.itemKey(), s.bucket(), s.uint(), s.note()}
	}),
	commandGreetHolder: sent(GreetHolder.append, (*commandSource).greetHolder),
	commandGrant:       sent(Grant.append, (*commandSource).grant),
	commandRecallGrant: sent(RecallGrant.append, (*commandSource).recallGrant),
	commandReclaim:     sent(Reclaim.append, (*commandSource).reclaim),
	commandTakeOver: sent(TakeOver.append, func(s *commandSource) TakeOver {
		return TakeOver{s.orderKey(), s.itemKey(), s.note()}
	}),
	commandMirror: sent(Mirror.append, (*commandSource).mirror),
	commandAddGranted: sent(AddGranted.append, func(s *commandSource) AddGranted {
		return AddGranted{s.itemKey(), s.bucket(), s.qty(), s.opening()}
	}),
	commandHandBack: sent(HandBack.append, func(s *commandSource) HandBack { return HandBack{s.itemKey(), s.qty()} }),
	commandAdvance: sent(Advance.append, func(s *commandSource) Advance {
		return Advance{s.itemKey(), s.bucket(), s.qty(), s.string(), s.opening()}
	}),
	commandLook: sent(Look.append, func(s *commandSource) Look {
		return Look{s.itemKey(), s.bucket(), s.qty(), Time(s.int()), s.string(), s.opening(), s.note()}
	}),
	commandAccept:  sent(Accept.append, func(s *commandSource) Accept { return Accept{s.offer(), s.note()} }),
	commandDecline: sent(Decline.append, func(s *commandSource) Decline { return Decline{s.offer(), s.note()} }),
	commandAskCancel: sent(AskCancel.append, func(s *commandSource) AskCancel {
		return AskCancel{s.orderKey(), Time(s.int()), s.note()}
	}),
	commandRefuseCancel: sent(RefuseCancel.append, func(s *commandSource) RefuseCancel {
		return RefuseCancel{s.orderKey(), s.note()}
	}),
	commandWriteBack:       sent(WriteBack.append, (*commandSource).writeBack),
	commandMirrorOn:        rare(func(c Mirror) bool { return c.Channel != "" }, Mirror.appendOn, readMirrorOn),
	commandRepair:          sent(Repair.append, (*commandSource).repair),
	commandSoldElsewhereAt: rare(func(c SoldElsewhere) bool { return c.At != 0 }, SoldElsewhere.appendAt, readSoldElsewhereAt),
	commandReturnFreely:    rare(Return.isFree, Return.appendFreely, readReturnFreely),
	commandCountReturn: sent(CountReturn.append, func(s *commandSource) CountReturn {
		return CountReturn{s.orderKey(), s.itemKey(), s.qty(), s.bool(), s.note()}
	}),
	commandRecallExact: rare(func(c Recall) bool { return c.Exact }, func(c Recall, dst []byte) []byte {
		return c.appendExact(c.append(dst))
	}, readRecallExact),
	commandOpenRecalled: rare(func(c OpenItem) bool { return len(c.Recalls) > 0 }, OpenItem.appendRecalled, readOpenRecalled),
}
