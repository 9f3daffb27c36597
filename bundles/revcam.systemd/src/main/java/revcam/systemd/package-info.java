/** The service manager's view of RevCam: started when a viewer can connect, alive for as long as media moves. */
package revcam.systemd;
