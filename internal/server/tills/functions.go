package tills

import "holdfast.dev/holdfast/internal/server/kit"

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"SetTill":        kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.setTill))),
		"GetTill":        kit.Unary(kit.Knowing(s.core, s.getTill)),
		"ListTills":      kit.Unary(kit.Knowing(s.core, s.listTills)),
		"CountTills":     kit.Unary(kit.Knowing(s.core, s.countTills)),
		"ListTillStock":  kit.Unary(kit.Knowing(s.core, s.listTillStock)),
		"DeleteTill":     kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.deleteTill))),
		"CreateTillCode": kit.Unary(kit.Knowing(s.core, s.createTillCode)),
		"WriteOffTill":   kit.Unary(kit.Knowing(s.core, kit.Heeded(s.core, kit.OnceDone(s.core, s.writeOffTill)))),
		"OfferTill":      kit.Unary(kit.Knowing(s.core, s.offerTill)),
		"BookLost":       kit.Unary(kit.Knowing(s.core, s.bookLost)),

		"SetTillPolicy":    kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.setTillPolicy))),
		"ListTillPolicies": kit.Unary(kit.Knowing(s.core, s.listTillPolicies)),
		"DeleteTillPolicy": kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.deleteTillPolicy))),

		"PairTill":      kit.Unary(s.pairTill),
		"GreetTill":     kit.Unary(s.greetTill),
		"ReportTill":    kit.Unary(s.reportTill),
		"AskForTill":    kit.Unary(s.askForTill),
		"ListTillUnits": kit.Unary(s.listTillUnits),

		"ListTillOrders":     kit.Unary(s.listTillOrders),
		"GetTillOrder":       kit.Unary(s.getTillOrder),
		"ListOnlineOrders":   kit.Unary(kit.Knowing(s.core, s.listOnlineOrders)),
		"AcceptOnlineOrder":  kit.Unary(kit.Knowing(s.core, kit.OnceDone(s.core, s.acceptOnlineOrder))),
		"DeclineOnlineOrder": kit.Unary(kit.Knowing(s.core, kit.OnceDone(s.core, s.declineOnlineOrder))),
		"CancelOnlineOrder":  kit.Unary(kit.Knowing(s.core, kit.OnceDone(s.core, s.cancelOnlineOrder))),
		"KeepOnlineOrder":    kit.Unary(kit.Knowing(s.core, kit.OnceDone(s.core, s.keepOnlineOrder))),
	}
}
