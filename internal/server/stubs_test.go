package server_test

import (
	"google.golang.org/grpc"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// stubs are those of all services: no two have a method of one name.
type stubs struct {
	holdfastv1.InventoryServiceClient
	holdfastv1.OrderServiceClient
	holdfastv1.AccountServiceClient
	holdfastv1.QuotaServiceClient
	holdfastv1.CampaignServiceClient
	holdfastv1.PromiseServiceClient
	holdfastv1.LotServiceClient
	holdfastv1.TransferServiceClient
	holdfastv1.ReplenishmentServiceClient
	holdfastv1.LocationServiceClient
	holdfastv1.KitServiceClient
	holdfastv1.TenantServiceClient
}

func newStubs(c grpc.ClientConnInterface) stubs {
	return stubs{
		holdfastv1.NewInventoryServiceClient(c),
		holdfastv1.NewOrderServiceClient(c),
		holdfastv1.NewAccountServiceClient(c),
		holdfastv1.NewQuotaServiceClient(c),
		holdfastv1.NewCampaignServiceClient(c),
		holdfastv1.NewPromiseServiceClient(c),
		holdfastv1.NewLotServiceClient(c),
		holdfastv1.NewTransferServiceClient(c),
		holdfastv1.NewReplenishmentServiceClient(c),
		holdfastv1.NewLocationServiceClient(c),
		holdfastv1.NewKitServiceClient(c),
		holdfastv1.NewTenantServiceClient(c),
	}
}
