// The program of a Connect app's developer. It knows its credentials and its settings, and not the
// address of the API.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
	voice "github.com/twilio/twilio-go/rest/voice/v1"
)

const answerTime = 10 * time.Second

var (
	account    = os.Getenv("TWILIO_ACCOUNT_SID")
	token      = os.Getenv("TWILIO_AUTH_TOKEN")
	subaccount = os.Getenv("SCENARIO_SUBACCOUNT_SID")
	app        = os.Getenv("SCENARIO_CONNECT_APP_SID")
	authorized = os.Getenv("SCENARIO_AUTHORIZED_APP_SID")
	to         = os.Getenv("SCENARIO_TO")
	hold       = os.Getenv("SCENARIO_HOLD_URL")
	mark       = os.Getenv("SCENARIO_MARK")

	status = 0
)

// login replaces twilio.NewRestClientWithParams for two of its many services only. A program that
// imports all of them takes minutes to compile.
func login(username, password string) *client.RequestHandler {
	c := &client.Client{Credentials: client.NewCredentials(username, password)}
	c.SetAccountSid(username)
	return client.NewRequestHandler(c)
}

func step(name string, work func() error) {
	if err := work(); err != nil {
		fmt.Println("failed", name, strings.Join(strings.Fields(err.Error()), " "))
		status = 1
		return
	}
	fmt.Println("ok", name)
}

func equal[T comparable](actual, expected T) error {
	if actual != expected {
		return fmt.Errorf("%v is not %v", actual, expected)
	}
	return nil
}

// is compares a field. Every model has its fields as pointers.
func is[T comparable](actual *T, expected T) error {
	if actual == nil {
		return fmt.Errorf("there is nothing, and not %v", expected)
	}
	return equal(*actual, expected)
}

// both is the first of two errors. The SDK supports a Go that is older than errors.Join.
func both(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// refused checks that an error is the SDK's own, with the status and the code of the answer.
func refused(err error, status, code int) error {
	var refusal *client.TwilioRestError
	if !errors.As(err, &refusal) {
		return fmt.Errorf("was not refused by the API: %v", err)
	}
	return both(equal(refusal.Status, status), equal(refusal.Code, code))
}

func main() {
	own := api.NewApiService(login(account, token))
	customer := api.NewApiService(login(subaccount, token))
	ownThings(own)
	from := buyNumber(customer)
	messages(customer, from)
	calls(customer, from)
	usage(customer)
	triggers(customer)
	policies(voice.NewApiService(login(account, token)))
	refusals(own, customer)
	os.Exit(status)
}

func ownThings(own *api.ApiService) {
	step("FetchAccount", func() error {
		found, err := own.FetchAccount(account)
		if err != nil {
			return err
		}
		return is(found.Status, "active")
	})
	step("ListConnectApp", func() error {
		apps, err := own.ListConnectApp(nil)
		for _, one := range apps {
			if *one.Sid == app {
				return err
			}
		}
		return fmt.Errorf("%s is not listed: %v", app, err)
	})
	step("FetchConnectApp", func() error {
		found, err := own.FetchConnectApp(app, nil)
		if err != nil {
			return err
		}
		return equal(strings.Join(*found.Permissions, " "), "get-all post-all")
	})
	step("UpdateConnectApp", func() error {
		params := (&api.UpdateConnectAppParams{}).SetDescription(mark)
		changed, err := own.UpdateConnectApp(app, params)
		if err != nil {
			return err
		}
		return is(changed.Description, mark)
	})
	step("ListAuthorizedConnectApp", func() error {
		apps, err := own.ListAuthorizedConnectApp(nil)
		if err != nil || len(apps) != 1 {
			return fmt.Errorf("found %d: %v", len(apps), err)
		}
		return is(apps[0].ConnectAppSid, authorized)
	})
	step("FetchAuthorizedConnectApp", func() error {
		found, err := own.FetchAuthorizedConnectApp(authorized, nil)
		if err != nil {
			return err
		}
		return is(found.ConnectAppCompanyName, "Another company")
	})
}

func buyNumber(customer *api.ApiService) string {
	number := ""
	step("ListAvailablePhoneNumberLocal", func() error {
		params := (&api.ListAvailablePhoneNumberLocalParams{}).SetLimit(2)
		offered, err := customer.ListAvailablePhoneNumberLocal("US", params)
		if err != nil || len(offered) != 2 {
			return fmt.Errorf("found %d: %v", len(offered), err)
		}
		number = *offered[0].PhoneNumber
		return nil
	})
	step("CreateIncomingPhoneNumber", func() error {
		params := (&api.CreateIncomingPhoneNumberParams{}).SetPhoneNumber(number).SetFriendlyName(mark)
		bought, err := customer.CreateIncomingPhoneNumber(params)
		if err != nil {
			return err
		}
		return both(is(bought.PhoneNumber, number), equal(bought.Capabilities.Sms, true))
	})
	return number
}

func messages(customer *api.ApiService, from string) {
	var sids []string
	step("CreateMessage", func() error {
		for n := 1; n <= 5; n++ {
			body := fmt.Sprintf("%s %d", mark, n)
			params := (&api.CreateMessageParams{}).SetFrom(from).SetTo(to).SetBody(body)
			sent, err := customer.CreateMessage(params)
			if err != nil {
				return err
			}
			if err := is(sent.Body, body); err != nil {
				return err
			}
			sids = append([]string{*sent.Sid}, sids...)
		}
		return nil
	})
	step("FetchMessage", func() error {
		if len(sids) == 0 {
			return errors.New("nothing was sent")
		}
		found, err := customer.FetchMessage(sids[0], nil)
		if err != nil {
			return err
		}
		return both(is(found.Body, mark+" 5"), is(found.NumSegments, "1"))
	})
	step("ListMessage", func() error {
		found, err := customer.ListMessage((&api.ListMessageParams{}).SetPageSize(2))
		var listed []string
		for _, message := range found {
			listed = append(listed, *message.Sid)
		}
		return both(err, equal(strings.Join(listed, " "), strings.Join(sids, " ")))
	})
}

func calls(customer *api.ApiService, from string) {
	call := ""
	step("CreateCall", func() error {
		twiml := fmt.Sprintf("<Response><Say>Hello</Say><Redirect>%s</Redirect></Response>", hold)
		made, err := customer.CreateCall((&api.CreateCallParams{}).SetFrom(from).SetTo(to).SetTwiml(twiml))
		if err != nil {
			return err
		}
		call = *made.Sid
		return is(made.Status, "queued")
	})
	step("FetchCall", func() error {
		for late := time.Now().Add(answerTime); time.Now().Before(late); time.Sleep(100 * time.Millisecond) {
			if found, err := customer.FetchCall(call, nil); err != nil || *found.Status == "in-progress" {
				return err
			}
		}
		return errors.New("nobody answered")
	})
	step("ListCall", func() error {
		found, err := customer.ListCall((&api.ListCallParams{}).SetStatus("in-progress"))
		if err != nil || len(found) != 1 {
			return fmt.Errorf("found %d: %v", len(found), err)
		}
		return is(found[0].Sid, call)
	})
	step("UpdateCall", func() error {
		ended, err := customer.UpdateCall(call, (&api.UpdateCallParams{}).SetStatus("completed"))
		if err != nil {
			return err
		}
		return is(ended.Status, "completed")
	})
}

func refusals(own, customer *api.ApiService) {
	step("CreateUsageTrigger 400/20001", func() error {
		_, err := customer.CreateUsageTrigger(newTrigger("many"))
		return refused(err, 400, 20001)
	})
	step("FetchAccount 401/20003", func() error {
		stranger := api.NewApiService(login(account, strings.Repeat("0", 32)))
		_, err := stranger.FetchAccount(account)
		return refused(err, 401, 20003)
	})
	step("CreateNewKey 403/20403", func() error {
		_, err := customer.CreateNewKey(nil)
		return refused(err, 403, 20403)
	})
	step("FetchMessage 404/20404", func() error {
		_, err := customer.FetchMessage("SM"+strings.Repeat("0", 32), nil)
		return refused(err, 404, 20404)
	})
	step("DeleteConnectApp 405/20004", func() error {
		return refused(own.DeleteConnectApp(app, nil), 405, 20004)
	})
}
