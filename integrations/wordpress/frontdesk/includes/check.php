<?php
/**
 * The test of the settings: this server asks Frontdesk, and says in plain words what is wrong.
 *
 * @package Frontdesk
 */

namespace Frontdesk;

defined( 'ABSPATH' ) || exit;

const PATIENCE = 5;     // seconds for an answer.
const ENOUGH   = 65536; // bytes of it that are read.

/**
 * Whether a Frontdesk is there, has the form, and lets this site show it.
 *
 * @param string $server The address of Frontdesk.
 * @param string $form   The default form, if there is one.
 * @return array[] Pairs: whether it is well, and a sentence. Nothing is asked after what is not.
 */
function check( string $server, string $form ): array {
	if ( '' === $server ) {
		return array( array( false, __( 'First enter the address of your Frontdesk, and save it.', 'frontdesk' ) ) );
	}
	$found = array( check_server( $server ) );
	if ( $found[0][0] ) {
		$found[] = check_form( $server, $form );
	}
	return $found;
}

/**
 * Whether a Frontdesk answers at an address.
 *
 * @param string $server The address.
 */
function check_server( string $server ): array {
	$answer = ask( $server . '/healthz' );
	if ( is_wp_error( $answer ) ) {
		return array( false, unreachable( $server, $answer ) );
	}
	$status = (int) wp_remote_retrieve_response_code( $answer );
	$said   = json_decode( wp_remote_retrieve_body( $answer ), true );
	if ( 200 === $status && is_array( $said ) && 'alive' === ( $said['status'] ?? '' ) ) {
		/* translators: %s: an address. */
		return array( true, sprintf( __( 'Frontdesk answers at %s.', 'frontdesk' ), $server ) );
	}
	if ( $status >= 300 && $status < 400 ) {
		/* translators: %s: an address. */
		$text = __( '%s leads on to another address. Enter the one at which your Frontdesk is in the end.', 'frontdesk' );
	} elseif ( $status >= 500 ) {
		/* translators: 1: an address, 2: an HTTP status such as 502. */
		$text = __( 'The server at %1$s is in trouble (status %2$d). Look whether Frontdesk runs behind it.', 'frontdesk' );
	} else {
		/* translators: 1: an address, 2: an HTTP status such as 404. */
		$text = __( 'Something answers at %1$s, but it is not Frontdesk (status %2$d). Enter the address without /embed.js or /forms; if Frontdesk is mounted below a prefix, with that.', 'frontdesk' );
	}
	return array( false, sprintf( $text, $server, $status ) );
}

/**
 * Whether a form is there, and may be shown on this site.
 *
 * @param string $server The address of Frontdesk.
 * @param string $form   The form's name.
 */
function check_form( string $server, string $form ): array {
	if ( '' === $form ) {
		return array( true, __( 'There is no default form: each block and shortcode has to name its own.', 'frontdesk' ) );
	}
	$site   = origin();
	$answer = ask( $server . '/forms/' . rawurlencode( $form ) . '/schema', array( 'Origin' => $site ) );
	if ( is_wp_error( $answer ) ) {
		return array( false, unreachable( $server, $answer ) );
	}
	$status = (int) wp_remote_retrieve_response_code( $answer );
	if ( 404 === $status ) {
		/* translators: %s: the name of a form. */
		$text = __( 'There is no form “%s” there. Look at the names in frontdesk.toml, after [forms.', 'frontdesk' );
		return array( false, sprintf( $text, $form ) );
	}
	if ( 200 !== $status ) {
		/* translators: 1: the name of a form, 2: an HTTP status such as 503. */
		$text = __( 'The form “%1$s” could not be asked for (status %2$d). Try again; Frontdesk’s log may say more.', 'frontdesk' );
		return array( false, sprintf( $text, $form, $status ) );
	}
	$allowed = wp_remote_retrieve_header( $answer, 'access-control-allow-origin' ) === $site;
	$text    = $allowed
		/* translators: 1: the name of a form, 2: an address. */
		? __( 'The form “%1$s” is there, and may be shown on %2$s.', 'frontdesk' )
		/* translators: 1: the name of a form, 2: an address. */
		: __( 'The form “%1$s” is there, but may not be shown here. Add "%2$s" to its allowed_origins in frontdesk.toml, and run: frontdesk reload', 'frontdesk' );
	return array( $allowed, sprintf( $text, $form, $site ) );
}

/**
 * What an address answers; redirects are not followed.
 *
 * @param string $address The address.
 * @param array  $headers Headers to send.
 * @return array|\WP_Error
 */
function ask( string $address, array $headers = array() ) {
	// Frontdesk may well be on this computer or in its network. Whose site is one of several, though, has no
	// business there, nor has who may change settings, but not the site itself.
	return wp_remote_get(
		$address,
		array(
			'timeout'             => PATIENCE,
			'redirection'         => 0,
			'reject_unsafe_urls'  => ! is_super_admin(),
			'limit_response_size' => ENOUGH,
			'headers'             => $headers + array( 'Accept' => 'application/json' ),
		)
	);
}

/**
 * The sentence for an address that could not be asked.
 *
 * @param string    $server The address.
 * @param \WP_Error $error  Why not.
 */
function unreachable( string $server, \WP_Error $error ): string {
	/* translators: 1: an address, 2: a number of seconds, 3: what WordPress says of it, in English. */
	$text = __( 'Nothing answers at %1$s within %2$d seconds. Look at the address, whether Frontdesk runs, and whether this server may connect to it. WordPress says: %3$s', 'frontdesk' );
	return sprintf( $text, $server, PATIENCE, $error->get_error_message() );
}
