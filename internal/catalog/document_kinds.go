package catalog

// Documents are what rooms read and change documents with, kind by kind.
type Documents struct {
	Replenishments Replenishments
	QuotaSchedules QuotaSchedules
	Campaigns      Campaigns
	Transfers      Transfers
	Cases          Cases
	ReasonLists    ReasonLists
	Redactions     Redactions
	Sinks          Sinks
	Details        ProductDetails
	Indexes        SearchIndexes
	Figures        Figures
	Sources        Sources
	Relays         Relays
	AlertRules     AlertRules
	Alerts         Alerts
	AlertReceivers AlertReceivers
	AlertSilences  AlertSilences
	Tills          Tills
	TillPolicies   TillPolicies
	RedisRules     RedisRules
	Recalls        Recalls
}

func documentsOf(c *core) (d Documents) {
	d.Replenishments.documents = documents[Replenishment]{c, &replenishmentKind}
	d.QuotaSchedules.documents = documents[QuotaSchedule]{c, &quotaScheduleKind}
	d.Campaigns = Campaigns{c, documents[CampaignItem]{c, &campaignItemKind}}
	d.Transfers.documents = documents[StockTransfer]{c, &transferKind}
	d.Cases.documents = documents[Case]{c, &caseKind}
	d.ReasonLists.documents = documents[ReasonList]{c, &reasonsKind}
	d.Redactions.documents = documents[Redaction]{c, &redactionKind}
	d.Sinks = Sinks{documents[Sink]{c, &sinkKind}, documents[ParkedEvent]{c, &parkedKind}}
	d.Details.documents = documents[Details]{c, &detailsKind}
	d.Indexes = SearchIndexes{c}
	d.Figures = Figures{c}
	d.Sources = Sources{documents[Source]{c, &sourceKind}, documents[ParkedEvent]{c, &parkedKind}}
	d.Relays = Relays{c}
	d.AlertRules = AlertRules{documents[AlertRule]{c, &alertRuleKind}}
	d.Alerts = Alerts{documents[Alert]{c, &alertKind}}
	d.AlertReceivers = AlertReceivers{documents[AlertReceiver]{c, &alertReceiverKind}}
	d.AlertSilences.documents = documents[AlertSilence]{c, &alertSilenceKind}
	d.Tills = Tills{documents[Till]{c, &tillKind}}
	d.TillPolicies.documents = documents[TillPolicy]{c, &tillPolicyKind}
	d.RedisRules.documents = documents[RedisRule]{c, &redisRuleKind}
	d.Recalls = Recalls{documents[Recall]{c, &recallKind}}
	return d
}

// documentKinds are the kinds of documents by their names.
var documentKinds = map[string]interface {
	check(r *read, d *document) error
}{
	placeKind.name:         &placeKind,
	laneKind.name:          &laneKind,
	kitKind.name:           &kitKind,
	replenishmentKind.name: &replenishmentKind,
	quotaScheduleKind.name: &quotaScheduleKind,
	campaignKind.name:      &campaignKind,
	campaignItemKind.name:  &campaignItemKind,
	transferKind.name:      &transferKind,
	caseKind.name:          &caseKind,
	keyBoundsKind.name:     &keyBoundsKind,
	reasonsKind.name:       &reasonsKind,
	redactionKind.name:     &redactionKind,
	sinkKind.name:          &sinkKind,
	parkedKind.name:        &parkedKind,
	deliveryKind.name:      &deliveryKind,
	relaysKind.name:        &relaysKind,
	detailsKind.name:       &detailsKind,
	sourceKind.name:        &sourceKind,
	alertRuleKind.name:     &alertRuleKind,
	alertKind.name:         &alertKind,
	alertReceiverKind.name: &alertReceiverKind,
	alertSilenceKind.name:  &alertSilenceKind,
	tillKind.name:          &tillKind,
	tillPolicyKind.name:    &tillPolicyKind,
	redisRuleKind.name:     &redisRuleKind,
	recallKind.name:        &recallKind,
}
