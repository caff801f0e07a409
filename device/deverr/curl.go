package deverr

// curlCategory is the category whose ids are libcurl's own numbers; the device's catalogue lists none of them.
const curlCategory = 21

type curlError struct {
	id               int
	name, text, help string
}

func (c curlError) entry() Error {
	return Error{Category: curlCategory, ID: c.id, Name: c.name, Text: c.text, Help: c.help}
}

// curlErrors are those of libcurl's numbers that a device on a network meets (numbers and names: curl/curl.h).
var curlErrors = [...]curlError{
	{1, "CURLE_UNSUPPORTED_PROTOCOL", "The address begins with a protocol that is not there.", "Use https:// or http://."},
	{3, "CURLE_URL_MALFORMAT", "The address is not a valid URL.", "Correct the URL."},
	{5, "CURLE_COULDNT_RESOLVE_PROXY", "The proxy's name could not be resolved.", "Check the proxy's address and the network's DNS server."},
	{6, "CURLE_COULDNT_RESOLVE_HOST", "The host's name could not be resolved.", "List the host in AllowedConnections; check its name and the network's DNS server."},
	{7, "CURLE_COULDNT_CONNECT", "No connection to the host or the proxy came about.", "List the host in AllowedConnections; check that it listens and that no firewall is in between."},
	{16, "CURLE_HTTP2", "HTTP/2 failed.", "Try again, or ask for HTTP/1.1."},
	{22, "CURLE_HTTP_RETURNED_ERROR", "The server answered with an HTTP error.", "Look at what the server logs for the request."},
	{23, "CURLE_WRITE_ERROR", "What came could not be handed over: the app's write callback refused it, or there was no room.", "Check what the write callback returns."},
	{26, "CURLE_READ_ERROR", "What was to be sent could not be read.", "Check what the read callback returns."},
	{27, "CURLE_OUT_OF_MEMORY", "There was not enough memory.", "High-level apps share 256 KiB; free what is not needed."},
	{28, "CURLE_OPERATION_TIMEDOUT", "It took longer than allowed.", "Check the connection, or allow more time."},
	{35, "CURLE_SSL_CONNECT_ERROR", "The TLS handshake failed.", "Check that the device's clock is right, and that both sides have a TLS version in common."},
	{42, "CURLE_ABORTED_BY_CALLBACK", "A callback ended the transfer.", "Check what the app's callbacks return."},
	{43, "CURLE_BAD_FUNCTION_ARGUMENT", "A function of libcurl got an argument that makes no sense.", "Check the options that are set on the handle."},
	{47, "CURLE_TOO_MANY_REDIRECTS", "The server sent the request on too often.", "Ask the last address directly; list its host in AllowedConnections."},
	{52, "CURLE_GOT_NOTHING", "The server answered nothing.", "Look at what the server logs for the request."},
	{55, "CURLE_SEND_ERROR", "Sending failed.", "Check the connection and try again."},
	{56, "CURLE_RECV_ERROR", "Receiving failed.", "Check the connection and try again."},
	{58, "CURLE_SSL_CERTPROBLEM", "The client's certificate cannot be used.", "Check the path, and that the device is authenticated if it is its own certificate."},
	{60, "CURLE_PEER_FAILED_VERIFICATION", "The server's certificate was not accepted.", "Check that the device's clock is right, that the host's name is in the certificate, and that its root CA is given."},
	{77, "CURLE_SSL_CACERT_BADFILE", "The file with the root CA certificates cannot be read.", "Put it into the image package and name it with Storage_GetAbsolutePathInImagePackage."},
	{80, "CURLE_SSL_SHUTDOWN_FAILED", "TLS could not be ended in order.", "Nothing to do if it is rare."},
	{97, "CURLE_PROXY", "Talking to the proxy failed.", "Check the proxy's address, port and authentication."},
}

func lookupCurl(id int) (Error, bool) {
	for _, c := range curlErrors {
		if c.id == id {
			return c.entry(), true
		}
	}
	return Error{}, false
}
