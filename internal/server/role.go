package server

import (
	"slices"

	"holdfast.dev/holdfast/internal/catalog"
)

// those may call an operation: these roles, and admin, which may call all.
type those struct {
	title string // for refusals
	roles []catalog.Role
}

var (
	viewers  = those{"viewer", []catalog.Role{catalog.RoleViewer, catalog.RoleAgent, catalog.RoleClerk, catalog.RoleManager}}
	agents   = those{"agent", []catalog.Role{catalog.RoleAgent, catalog.RoleManager}}
	clerks   = those{"clerk", []catalog.Role{catalog.RoleClerk, catalog.RoleManager}}
	both     = those{"agent or clerk", []catalog.Role{catalog.RoleAgent, catalog.RoleClerk, catalog.RoleManager}}
	managers = those{"manager", []catalog.Role{catalog.RoleManager}}
	admins   = those{"admin", nil}
	anybody  = those{"viewer", append([]catalog.Role{catalog.RoleDisplay}, viewers.roles...)}

	// The viewers, and the screens at which customers order.
	shoppers  = those{"viewer", append([]catalog.Role{catalog.RoleKiosk}, viewers.roles...)}
	buyers    = those{"agent", append([]catalog.Role{catalog.RoleKiosk}, agents.roles...)}
	everybody = those{"viewer", append([]catalog.Role{catalog.RoleKiosk}, anybody.roles...)}
)

// byRole has the callers of each operation: the one table of what roles may do. An operation that is missing
// here is an admin's, and a test finds it.
var byRole = map[string]those{
	"GetSession": everybody, "WatchItems": everybody, "ListItems": everybody,
	"ListFigures": anybody, "ListAlerts": anybody, "ListLocationStock": anybody, "ListCases": anybody,

	// Reading.
	"CheckAvailability": shoppers, "BatchCheck": shoppers, "ConfirmAvailability": viewers,
	"ListInventory": viewers, "GetProduct": viewers, "ListLowStock": viewers, "GetAccounts": viewers, "Suggest": viewers, "ExplainAvailability": viewers,
	"ListLogs": viewers, "ListAllLogs": viewers, "ListRecords": viewers, "WatchStock": viewers, "SumReasons": viewers, "GetReasons": viewers,
	"GetOrder": viewers, "ListOrders": viewers, "GetOrderHistory": viewers, "ListReservations": viewers, "GetPromises": viewers,
	"ListLots": viewers, "GetLotLevels": viewers, "GetLotPolicy": viewers, "ListLotOrders": viewers, "ListRecalls": viewers,
	"GetQuotas": viewers, "GetQuotaSchedule": viewers, "GetCampaign": viewers, "ListCampaigns": viewers,
	"GetTransfer": viewers, "ListTransfers": viewers, "GetTill": viewers, "ListTills": viewers, "ListTillPolicies": viewers, "ListRedisRules": viewers, "ListRedisItems": viewers, "ListRedisFigures": viewers, "CountTills": viewers, "ListTillStock": viewers, "ListTillOrders": viewers, "GetReplenishment": viewers, "ListReplenishments": viewers,
	"GetLocation": viewers, "ListLocations": viewers, "ListLanes": viewers, "GetKit": viewers, "ListKits": viewers,
	"GetDetails": viewers, "ListDetails": shoppers, "SearchProducts": viewers, "GetSearchIndex": viewers,
	"GetCase": viewers, "ListCatalogChanges": viewers, "ListStockFigures": viewers, "ListOverstock": viewers,
	"GetSink": viewers, "ListSinks": viewers, "ListParked": viewers, "ListDeliveries": viewers,
	"GetSource": viewers, "ListSources": viewers, "ListParkedMessages": viewers,
	"GetAlert": viewers, "GetAlertOptions": viewers, "GetAlertRule": viewers, "ListAlertRules": viewers, "TryAlertRule": viewers,
	"GetAlertReceiver": viewers, "ListAlertReceivers": viewers, "GetAlertSilence": viewers, "ListAlertSilences": viewers,

	// Orders.
	"Reserve": buyers, "Release": buyers, "Commit": buyers, "Deduct": agents, "Extend": agents, "ChangeOrder": agents,
	"Relocate": agents, "Withdraw": agents, "SellElsewhere": agents, "CleanupExpired": agents,

	// Orders of the centre, at a till.
	"ListOnlineOrders": viewers, "AcceptOnlineOrder": both, "DeclineOnlineOrder": both, "CancelOnlineOrder": both, "KeepOnlineOrder": both,

	// Physical goods.
	"Return":  both,
	"Observe": clerks, "Restock": clerks, "Move": clerks, "ShipTransfer": clerks, "ReceiveTransfer": clerks,

	// Agents and clerks comment, managers decide.
	"CommentCase": both,

	// Each command of a batch is checked by itself.
	"ExecuteBatch": both, "ExecuteStream": both,

	// Calls that decide what is sold, where, and by whom.
	"CreateInventory": managers, "Adjust": managers, "SetThreshold": managers, "SetSaleStatus": managers, "Retire": managers, "Reinstate": managers,
	"SetQuotas": managers, "Allot": managers, "ResetSold": managers, "SetQuotaSchedule": managers, "DeleteQuotaSchedule": managers,
	"SetCampaign": managers, "SetCampaignItems": managers, "EndCampaign": managers, "SetPromises": managers,
	"SetLotPolicy": managers, "RecallLot": managers, "AssignCase": managers, "DecideCase": managers,
	"CreateTransfer": managers, "ApproveTransfer": managers, "CancelTransfer": managers, "ReplenishTransfers": managers,
	"SetReplenishment": managers, "DeleteReplenishment": managers,
	"SetTill": managers, "DeleteTill": managers, "CreateTillCode": managers, "WriteOffTill": managers, "OfferTill": managers, "BookLost": managers,
	"SetTillPolicy": managers, "DeleteTillPolicy": managers,
	"SetRedisRule": managers, "DeleteRedisRule": managers, "RebuildRedisItems": managers, "CompareRedisItems": managers,
	"ListDevices": managers, "AddDevice": managers, "EndDevice": managers,
	"SetLocation": managers, "SetLocations": managers, "SetLanes": managers, "DeleteLane": managers,
	"SetKit": managers, "SetKits": managers, "DeleteKit": managers,
	"SetDetails": managers, "SetManyDetails": managers, "DeleteDetails": managers,
	"AcknowledgeAlert": managers, "MuteAlert": managers, "UnmuteAlert": managers, "SetAlertSilence": managers, "DeleteAlertSilence": managers,
	"ImportFile": managers, "ListImports": managers, "GetImport": managers, "GetImportResult": managers, "ExportFile": managers,

	// The installation: keys, settings, sinks and sources.
	"CreateKey": admins, "ListKeys": admins, "RotateKey": admins, "RevokeKey": admins,
	"ListSessions": admins, "EndSession": admins, "ListDisplays": admins, "AddDisplay": admins, "EndDisplay": admins,
	"GetSettings": admins, "GetServiceFigures": admins, "UpdateSettings": admins, "SetReasons": admins, "RebuildSearch": admins,
	"SetSink": admins, "DeleteSink": admins, "PauseSink": admins, "ResumeSink": admins, "RewindSink": admins, "RebuildSink": admins,
	"TestSink": admins, "RequeueParked": admins, "DiscardParked": admins, "RotateSinkSecret": admins, "RedeliverDelivery": admins,
	"SetSource": admins, "DeleteSource": admins, "PauseSource": admins, "ResumeSource": admins, "TestSource": admins,
	"RequeueParkedMessage": admins, "DiscardParkedMessage": admins,
	"SetAlertRule": admins, "DeleteAlertRule": admins, "SetAlertReceiver": admins, "DeleteAlertReceiver": admins, "TestAlertReceiver": admins,
	"ListNodes": admins, "ListSlots": admins, "ListReplicas": admins, "ListTenants": admins, "ListFindings": admins,
	"ClaimSinks": admins, "AdvanceSink": admins, "AdvanceSource": admins,

	// Calls of a till itself, with a key or a code that only a till has.
	"PairTill": anybody, "GreetTill": admins, "ReportTill": admins, "AskForTill": admins, "ListTillUnits": admins, "GetTillOrder": admins,
}

// mayAs refuses a method that the caller's tenant or role does not allow. A caller without a role may do all
// that its scopes allow.
func (c *call) mayAs(m *method) error {
	if err := c.owns(m.name); err != nil {
		return err
	}
	if c.role == "" || c.role == catalog.RoleAdmin {
		return nil
	}
	may, known := byRole[m.name]
	if !known {
		may = admins
	}
	if slices.Contains(may.roles, c.role) {
		return nil
	}
	return refuse(codeDenied, "this needs the role %s; the %s has %s", may.title, c.credential(), c.role)
}

// credential is the kind of credential that the caller has.
func (c *call) credential() string {
	if c.signedIn {
		return "session"
	}
	return "key"
}

func roleNames() []string {
	return each(catalog.Roles, func(r catalog.Role) string { return string(r) })
}
