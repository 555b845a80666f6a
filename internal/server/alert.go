package server

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// alertChapter has what rules watch, and what they found.
type alertChapter struct{ *core }

func (s *alertChapter) functions() map[string]method {
	return map[string]method{
		"ListAlerts":          unary(noAlerts[*holdfastv1.ListAlertsRequest, *holdfastv1.ListAlertsResponse]),
		"GetAlert":            unary(noAlerts[*holdfastv1.GetAlertRequest, *holdfastv1.Alert]),
		"AcknowledgeAlert":    unary(noAlerts[*holdfastv1.AcknowledgeAlertRequest, *holdfastv1.Alert]),
		"MuteAlert":           unary(noAlerts[*holdfastv1.MuteAlertRequest, *holdfastv1.Alert]),
		"UnmuteAlert":         unary(noAlerts[*holdfastv1.UnmuteAlertRequest, *holdfastv1.Alert]),
		"GetAlertOptions":     unary(noAlerts[*holdfastv1.GetAlertOptionsRequest, *holdfastv1.AlertOptions]),
		"SetAlertRule":        unary(noAlerts[*holdfastv1.SetAlertRuleRequest, *holdfastv1.AlertRule]),
		"GetAlertRule":        unary(noAlerts[*holdfastv1.GetAlertRuleRequest, *holdfastv1.AlertRule]),
		"ListAlertRules":      unary(noAlerts[*holdfastv1.ListAlertRulesRequest, *holdfastv1.ListAlertRulesResponse]),
		"DeleteAlertRule":     unary(noAlerts[*holdfastv1.DeleteAlertRuleRequest, *holdfastv1.DeleteAlertRuleResponse]),
		"TryAlertRule":        unary(noAlerts[*holdfastv1.TryAlertRuleRequest, *holdfastv1.TryAlertRuleResponse]),
		"SetAlertReceiver":    unary(noAlerts[*holdfastv1.SetAlertReceiverRequest, *holdfastv1.AlertReceiver]),
		"GetAlertReceiver":    unary(noAlerts[*holdfastv1.GetAlertReceiverRequest, *holdfastv1.AlertReceiver]),
		"ListAlertReceivers":  unary(noAlerts[*holdfastv1.ListAlertReceiversRequest, *holdfastv1.ListAlertReceiversResponse]),
		"DeleteAlertReceiver": unary(noAlerts[*holdfastv1.DeleteAlertReceiverRequest, *holdfastv1.DeleteAlertReceiverResponse]),
		"TestAlertReceiver":   unary(noAlerts[*holdfastv1.TestAlertReceiverRequest, *holdfastv1.AlertReceiverTest]),
		"SetAlertSilence":     unary(noAlerts[*holdfastv1.SetAlertSilenceRequest, *holdfastv1.AlertSilence]),
		"GetAlertSilence":     unary(noAlerts[*holdfastv1.GetAlertSilenceRequest, *holdfastv1.AlertSilence]),
		"ListAlertSilences":   unary(noAlerts[*holdfastv1.ListAlertSilencesRequest, *holdfastv1.ListAlertSilencesResponse]),
		"DeleteAlertSilence":  unary(noAlerts[*holdfastv1.DeleteAlertSilenceRequest, *holdfastv1.DeleteAlertSilenceResponse]),
	}
}

func noAlerts[Q, R any](context.Context, *call, Q) (none R, err error) {
	return none, unavailable("this server keeps no alerts", nil)
}
