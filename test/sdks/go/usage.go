package main

import (
	"fmt"

	api "github.com/twilio/twilio-go/rest/api/v2010"
)

const category = "sms-outbound"

func usage(customer *api.ApiService) {
	step("ListUsageRecord", func() error {
		records, err := customer.ListUsageRecord((&api.ListUsageRecordParams{}).SetPageSize(100))
		if err != nil {
			return err
		}
		categories := map[string]bool{}
		for _, record := range records {
			categories[*record.Category] = true
		}
		return equal(len(categories) > 300 && categories["totalprice"], true)
	})
	step("ListUsageRecord category", func() error {
		records, err := customer.ListUsageRecord((&api.ListUsageRecordParams{}).SetCategory(category))
		if err != nil || len(records) != 1 {
			return fmt.Errorf("found %d: %v", len(records), err)
		}
		return is(records[0].Count, "5")
	})
	step("ListUsageRecordDaily", func() error {
		params := (&api.ListUsageRecordDailyParams{}).SetCategory(category).SetLimit(1)
		records, err := customer.ListUsageRecordDaily(params)
		if err != nil || len(records) != 1 {
			return fmt.Errorf("found %d: %v", len(records), err)
		}
		return is(records[0].Count, "5")
	})
}

func newTrigger(value string) *api.CreateUsageTriggerParams {
	return (&api.CreateUsageTriggerParams{}).
		SetUsageCategory("calls").
		SetTriggerValue(value).
		SetCallbackUrl("https://example.com/usage").
		SetFriendlyName("first")
}

func triggers(customer *api.ApiService) {
	trigger := ""
	step("CreateUsageTrigger", func() error {
		made, err := customer.CreateUsageTrigger(newTrigger("1000"))
		if err != nil {
			return err
		}
		trigger = *made.Sid
		return is(made.TriggerValue, "1000")
	})
	step("FetchUsageTrigger", func() error {
		found, err := customer.FetchUsageTrigger(trigger, nil)
		if err != nil {
			return err
		}
		return is(found.FriendlyName, "first")
	})
	step("UpdateUsageTrigger", func() error {
		params := (&api.UpdateUsageTriggerParams{}).SetFriendlyName(mark)
		changed, err := customer.UpdateUsageTrigger(trigger, params)
		if err != nil {
			return err
		}
		return is(changed.FriendlyName, mark)
	})
	step("ListUsageTrigger", func() error {
		found, err := customer.ListUsageTrigger(nil)
		if err != nil || len(found) != 1 {
			return fmt.Errorf("found %d: %v", len(found), err)
		}
		return is(found[0].Sid, trigger)
	})
	step("DeleteUsageTrigger", func() error {
		return customer.DeleteUsageTrigger(trigger, nil)
	})
}
