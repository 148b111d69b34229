<?php
/**
 * What an administrator types, made fit to be kept.
 *
 * @package Frontdesk
 */

namespace Frontdesk;

defined( 'ABSPATH' ) || exit;

const FORM = '/^[a-z0-9][a-z0-9-]{0,63}$/D'; // As Frontdesk names forms.

/**
 * What is wrong with the address of a Frontdesk; empty if nothing.
 *
 * @param string $address With its prefix, and without a slash at the end.
 */
function complaint( string $address ): string {
	$parts = wp_parse_url( $address );
	$parts = is_array( $parts ) ? $parts : array();
	$host  = $parts['host'] ?? '';
	if ( '' === $host || ! isset( $parts['scheme'] ) || esc_url_raw( $address, array( 'http', 'https' ) ) !== $address ) {
		return __( 'An address begins with https://, and has no spaces: https://leads.example.com', 'frontdesk' );
	}
	if ( array_diff_key( $parts, array_flip( array( 'scheme', 'host', 'port', 'path' ) ) ) ) {
		return __( 'It has neither a user nor a password, and nothing after ? or #.', 'frontdesk' );
	}
	if ( 'https' !== $parts['scheme'] && ! is_local( $host ) ) {
		return __( 'It must begin with https://, for visitors send personal data there. Only localhost may do without.', 'frontdesk' );
	}
	return '';
}

/**
 * Whether a host is this very computer.
 *
 * @param string $host Of an address.
 */
function is_local( string $host ): bool {
	return (bool) preg_match( '/^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/Di', $host );
}

/**
 * What Frontdesk calls this site: the scheme, the host and the port that visitors see.
 */
function origin(): string {
	$parts = wp_parse_url( home_url() );
	$port  = isset( $parts['port'] ) ? ':' . $parts['port'] : '';
	return strtolower( $parts['scheme'] . '://' . $parts['host'] ) . $port;
}
