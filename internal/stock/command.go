package stock

// The commands, each in the file of its rule.
var (
	_ Command = OpenItem{}
	_ Command = Restock{}
	_ Command = Adjust{}
	_ Command = Observe{}
	_ Command = SetThreshold{}
	_ Command = SetSaleStatus{}
	_ Command = Place{}
	_ Command = Commit{}
	_ Command = Extend{}
	_ Command = Confirm{}
	_ Command = Release{}
	_ Command = Expire{}
	_ Command = Move{}
	_ Command = Return{}
	_ Command = SoldElsewhere{}
	_ Command = Cleanup{}
	_ Command = Settle{}
	_ Command = Close{}
	_ Command = Handover{}
	_ Command = Arrive{}
	_ Command = RecallKey{}
	_ Command = Part{}
	_ Command = SetQuotas{}
	_ Command = Allot{}
	_ Command = ResetSold{}
	_ Command = Shift{}
	_ Command = Lapse{}
	_ Command = SetPromises{}
	_ Command = SetLotPolicy{}
	_ Command = Recall{}
	_ Command = Fulfil{}
)
