// A WHIP endpoint (RFC 9725) on pion: answers, writes the H.264 that comes to a file, and says on standard output what
// endpoint.py says, but for the size of pictures.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v3"
	"github.com/pion/webrtc/v3/pkg/media/h264writer"
)

var (
	port   = flag.Int("port", 0, "")
	file   = flag.String("file", "", "where the H.264 goes")
	active = flag.Bool("active", false, "begin DTLS; towards ICE-lite pion leaves that to the other side")
	lite   = flag.Bool("lite", false, "ICE-lite")

	lock        sync.Mutex
	connections = map[string]*webrtc.PeerConnection{}
)

func say(what map[string]interface{}) {
	line, _ := json.Marshal(what)
	lock.Lock()
	fmt.Println(string(line))
	lock.Unlock()
}

func watch(number int, track *webrtc.TrackRemote) {
	out, err := h264writer.New(*file)
	if err != nil {
		panic(err)
	}
	for frames := 0; ; {
		packet, _, err := track.ReadRTP()
		if err != nil {
			out.Close()
			return
		}
		// Padding only, as probes are, is no picture.
		if len(packet.Payload) == 0 {
			continue
		}
		if err := out.WriteRTP(packet); err != nil {
			panic(err)
		}
		if packet.Marker {
			if frames++; frames%10 == 1 {
				say(map[string]interface{}{"session": number, "frames": frames})
			}
		}
	}
}

func publish(api *webrtc.API, number int, offer string) (string, error) {
	connection, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", err
	}
	connection.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { watch(number, track) })
	if err = connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", err
	}
	answer, err := connection.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(connection)
	if err = connection.SetLocalDescription(answer); err != nil {
		return "", err
	}
	<-gathered
	lock.Lock()
	connections[fmt.Sprint(number)] = connection
	lock.Unlock()
	return connection.LocalDescription().SDP, nil
}

func main() {
	flag.Parse()
	engine := &webrtc.MediaEngine{}
	if err := engine.RegisterDefaultCodecs(); err != nil {
		panic(err)
	}
	interceptors := &interceptor.Registry{}
	if err := webrtc.RegisterDefaultInterceptors(engine, interceptors); err != nil {
		panic(err)
	}
	settings := webrtc.SettingEngine{}
	if *active {
		settings.SetAnsweringDTLSRole(webrtc.DTLSRoleClient)
	}
	settings.SetLite(*lite)
	api := webrtc.NewAPI(webrtc.WithMediaEngine(engine), webrtc.WithInterceptorRegistry(interceptors),
		webrtc.WithSettingEngine(settings))
	count := 0

	http.HandleFunc("/whip", func(w http.ResponseWriter, r *http.Request) {
		offer, _ := io.ReadAll(r.Body)
		count++
		number := count
		answer, err := publish(api, number, string(offer))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			http.Error(w, err.Error(), http.StatusNotAcceptable)
			return
		}
		say(map[string]interface{}{"offer": number, "sdp": string(offer), "answer": answer})
		w.Header().Set("Content-Type", "application/sdp")
		w.Header().Set("Location", fmt.Sprintf("/sessions/%d", number))
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, answer)
	})
	http.HandleFunc("/sessions/", func(w http.ResponseWriter, r *http.Request) {
		number := strings.TrimPrefix(r.URL.Path, "/sessions/")
		lock.Lock()
		connection := connections[number]
		delete(connections, number)
		lock.Unlock()
		if r.Method != http.MethodDelete || connection == nil {
			http.NotFound(w, r)
			return
		}
		connection.Close()
		var deleted int
		fmt.Sscan(number, &deleted)
		say(map[string]interface{}{"deleted": deleted})
	})

	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		panic(err)
	}
	say(map[string]interface{}{"listening": listener.Addr().(*net.TCPAddr).Port})
	panic(http.Serve(listener, nil))
}
